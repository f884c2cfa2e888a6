// A button that copies, beside every block of commands. Without scripts the page lacks these alone.
const said = document.body.dataset;
for (const block of document.querySelectorAll("pre.commands")) {
  const button = document.createElement("button");
  const say = (text) => { button.textContent = text; };
  button.type = "button";
  button.className = "copy";
  button.setAttribute("aria-live", "polite");
  say(said.copy);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(block.textContent);
      say(said.copied);
    } catch {
      getSelection().selectAllChildren(block);
      say(said.selected);
    }
    setTimeout(() => say(said.copy), 3000);
  });
  block.before(button);
}
