/**
 * For the script of a `run` step that takes long: `say WORDS…`, a line of progress, told while it works; `hushed`, whether the operator said stop. A
 * script that can be ended in its middle without harm then ends with 78, as waits do. Constant.
 */
export const speak = `say() { printf '~ %s %s\\n' "$index" "$*" >&3; }
hushed() { [ -e "$stop" ]; }
`;
