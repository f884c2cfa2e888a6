// A button that copies, beside every block of commands. Without scripts the page lacks these alone.
for (const block of document.querySelectorAll("pre.commands")) {
  const button = document.createElement("button");
  const say = (text) => { button.textContent = text; };
  button.type = "button";
  button.className = "copy";
  button.setAttribute("aria-live", "polite");
  say("Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(block.textContent);
      say("Copied");
    } catch {
      getSelection().selectAllChildren(block);
      say("Selected: copy it with the keyboard");
    }
    setTimeout(() => say("Copy"), 3000);
  });
  block.before(button);
}
