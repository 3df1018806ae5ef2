import { basename } from "node:path/posix";

/** Where a recording's directory is in the container. */
export const PLACE = "/.shale/record";

/** A shell that is recorded, and what makes it note its commands. */
export interface RecordedShell {
  /** As the user or the image names it. */
  readonly program: string;
  readonly command: readonly string[];
  /** The file beside the notes that `command` reads, and what is in it. */
  readonly script: { readonly name: string; readonly text: string };
}

/** Undefined for a command line that is not just a shell. */
export function recordedShell(command: readonly string[]): RecordedShell | undefined {
  const [program = "", ...options] = command;
  if (options.some((option) => !["-i", "-l", "--login"].includes(option))) return undefined;
  if (basename(program) === "bash") {
    const script = { name: "bashrc", text: BASH };
    return { program, command: [program, "--rcfile", `${PLACE}/bashrc`, "-i"], script };
  }
  if (!["sh", "ash", "dash"].includes(basename(program))) return undefined;
  const script = { name: "loop", text: LOOP };
  return { program, command: [program, `${PLACE}/loop`, program], script };
}

/**
 * What notes a command in a file of its own: exit code, directory, command, exported variables.
 * The file's time is the command's end. Then some time passes (a few processes' worth), so that
 * nothing of the next command has the same time: the kernel's clock for files ticks slowly.
 */
const NOTE = `__shale_note() {
  __shale_n=$((\${__shale_n:-0} + 1))
  { printf '%s\\0%s\\0%s\\0' "$1" "$PWD" "$2"; export -p; } >"${PLACE}/$__shale_n" 2>/dev/null
  __shale_i=0
  while [ $__shale_i -lt 8 ]; do (:); __shale_i=$((__shale_i + 1)); done
}
`;

/** HISTFILE is unset: a file of it would be a change. */
const BASH = `[ -r /etc/bash.bashrc ] && . /etc/bash.bashrc
[ -r ~/.bashrc ] && . ~/.bashrc
unset HISTFILE HISTCONTROL HISTIGNORE HISTTIMEFORMAT
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
PROMPT_COMMAND=__shale_prompt
`;

/**
 * A shell's loop in the language of all shells. What is not whole yet goes on, until an empty line;
 * a document (`<<WORD`), which `-n` does not miss, until its word.
 */
const LOOP = `${NOTE}
__shale_sh=$1
__shale_break='
'
shift
trap : INT
__shale_note 0 ''
__shale_find_word() {
  __shale_word=
  case $__shale_line in *'(('*) return ;; *'<<'*) ;; *) return ;; esac
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
    *"$__shale_break$__shale_word$__shale_break"*) return 0 ;;
    *) return 1 ;;
    esac
  fi
  case $__shale_line in *\\\\) return 1 ;; esac
  "$__shale_sh" -n -c "$__shale_line" 2>/dev/null
}
__shale_more() {
  printf '> '
  IFS= read -r __shale_next || return 1
  __shale_line=$__shale_line$__shale_break$__shale_next
  [ -n "$__shale_next$__shale_word" ]
}
while :; do
  printf '%s # ' "$PWD"
  IFS= read -r __shale_line
  __shale_code=$?
  [ $__shale_code -gt 128 ] && { echo; continue; }
  [ $__shale_code -eq 0 ] || [ -n "$__shale_line" ] || break
  until __shale_is_whole; do __shale_more || break; done
  [ -n "$__shale_line" ] || continue
  if "$__shale_sh" -n -c "$__shale_line"; then
    eval "$__shale_line"
    __shale_note $? "$__shale_line"
  else
    __shale_note 2 "$__shale_line"
  fi
done
echo
`;
