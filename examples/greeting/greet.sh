figlet "Hello, $NAME"
echo "from $(. /etc/os-release && echo "$PRETTY_NAME"), process $$, user $(id -un)"
