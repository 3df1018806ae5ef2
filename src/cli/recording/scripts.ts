/**
 * Notes a command in a file of its own: exit code, directory, command, exported variables. The
 * file's time is the command's end. Then some time passes (a few processes' worth), so that
 * nothing of the next command has the same time: the kernel's clock for files ticks slowly.
 */
const NOTE = `__shale_note() {
  __shale_n=$((\${__shale_n:-0} + 1))
  { { printf '%s\\0%s\\0%s\\0' "$1" "$PWD" "$2"; export -p; } >"/.shale/record/$__shale_n"; } 2>/dev/null
  __shale_i=0
  while [ $__shale_i -lt 8 ]; do (:); __shale_i=$((__shale_i + 1)); done
}
`;

/** What a login shell reads first. */
export const LOGIN = `[ -r /etc/profile ] && . /etc/profile
for __shale_i in ~/.bash_profile ~/.bash_login ~/.profile; do
  [ -r "$__shale_i" ] && . "$__shale_i" && break
done
`;

/**
 * Bash keeps the lines itself. HISTFILE is unset: a file of it would be a change. At the exit the
 * last line is noted, which no prompt comes after.
 */
export const BASH = `unset HISTFILE HISTCONTROL HISTIGNORE HISTTIMEFORMAT
HISTSIZE=10000
shopt -s cmdhist lithist
${NOTE}
__shale_prompt() {
  local code=$? line
  line=$(HISTTIMEFORMAT= builtin history 1)
  if [ "$line" != "\${__shale_line-}" ]; then
    [[ $line =~ ^[[:space:]]*[0-9]+\\*?[[:space:]]+ ]]
    __shale_note "$code" "\${line:\${#BASH_REMATCH[0]}}"
    __shale_line=$line
  fi
  return $code
}
__shale_line=$(builtin history 1)
__shale_note 0 ''
trap __shale_prompt EXIT
PROMPT_COMMAND="__shale_prompt\${PROMPT_COMMAND:+;$PROMPT_COMMAND}"
`;

/**
 * A shell's loop in the language of all shells. What is not whole yet goes on, until an empty line;
 * a document (\`<<WORD\`), which \`-n\` does not miss, until its word. Ctrl-C breaks all loops: that of
 * the user, and ours, which is begun again.
 */
export const LOOP = `${NOTE}
__shale_sh=$1
__shale_break='
'
__shale_code=0
__shale_mark='#'
case $(id -u 2>/dev/null) in [1-9]*) __shale_mark='$' ;; esac
shift
__shale_find_word() {
  __shale_word=
  case $__shale_line in *'(('* | *'<<<'*) return ;; *'<<'*) ;; *) return ;; esac
  __shale_word=\${__shale_line#*<<}
  __shale_word=\${__shale_word%%"$__shale_break"*}
  __shale_word=\${__shale_word#-}
  __shale_word=\${__shale_word# }
  __shale_word=\${__shale_word%%[ \\;\\&\\|\\>\\)]*}
  __shale_word=\${__shale_word#[\\'\\"\\\\]}
  __shale_word=\${__shale_word%[\\'\\"]}
}
__shale_is_whole() {
  __shale_find_word
  if [ -n "$__shale_word" ]; then
    case $__shale_line$__shale_break in
    *"$__shale_break$__shale_word$__shale_break"* | *"$__shale_break	$__shale_word$__shale_break"*) ;;
    *) return 1 ;;
    esac
  fi
  case $__shale_line in *\\\\) return 1 ;; esac
  case $("$__shale_sh" -n -c "$__shale_line" 2>&1) in
  *'nd of file'* | *'nterminated'* | *'EOF'*) return 1 ;;
  esac
}
__shale_more() {
  printf '> '
  IFS= read -r __shale_next || return 1
  __shale_line=$__shale_line$__shale_break$__shale_next
  [ -n "$__shale_next$__shale_word" ]
}
__shale_set() { return "$1"; }
__shale_end() {
  [ -z "$__shale_stopped" ] || __shale_code=130
  [ -z "$__shale_runs" ] || __shale_note "$__shale_code" "$__shale_line"
  __shale_runs= __shale_stopped=
}
__shale_run() {
  __shale_runs=1
  "$__shale_sh" -n -c "$__shale_line" && {
    __shale_set "$__shale_code"
    eval "$__shale_line"
  }
  __shale_code=$?
  __shale_end
}
__shale_session() {
  while :; do
    __shale_line= __shale_stopped=
    printf '%s %s ' "$PWD" "$__shale_mark"
    IFS= read -r __shale_line || [ -n "$__shale_line" ] || { __shale_over=1; return; }
    until __shale_is_whole; do __shale_more || break; done
    [ -z "$__shale_line" ] || [ -n "$__shale_stopped" ] || __shale_run
  done
}
__shale_sessions() {
  __shale_session
  [ -z "$__shale_over" ] || return
  __shale_end
  __shale_sessions
}
__shale_runs= __shale_over=
trap '__shale_stopped=1; echo; break 99' INT
trap '__shale_code=$?; __shale_end' EXIT
__shale_note 0 ''
__shale_sessions
echo
`;
