/** `say WORDS…` for the script of a `run` step: a line of progress, told while it works. Constant. */
export const speak = `say() { printf '~ %s %s\\n' "$index" "$*" >&3; }
`;
