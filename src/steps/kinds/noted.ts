import type {Kind} from '../kind.ts';
import {safePath} from '../path.ts';

/** Programs that we start make folders of their own. Whether those were there before is remembered, so that reset takes away only what was not. */
export const noted: Kind<'noted'> = {
	shell: String.raw`
see_noted() { # PATH
	is_owned noted "$name"
}
do_noted() {
	if [ -e "$1" ] || [ -L "$1" ]; then record "\"$(stat -c '%a %U:%G' "$1")\""; else record null; fi
}`,
	words: ({path}) => [safePath(path)],
};
