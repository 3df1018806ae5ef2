echo "Hello, $NAME, from $(. /etc/os-release && echo "$PRETTY_NAME"), process $$." | column -t -s ,
