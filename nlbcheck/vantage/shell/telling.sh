wait
payload() {
  echo "tools dials=$(echo "${netcat:-$dials}" | tr ' ' '_') tls=$speaks_tls"
  cat "$folder"/*.told
}
if has gzip && has base64; then
  echo gzip
  payload | gzip -9 | base64
else
  echo plain
  payload
fi
finish
