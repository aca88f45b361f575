/**
 * A path that a step may touch: absolute, clean, and not a top folder of the machine (`atTop`: that too). Throws else: our own phases are wrong
 * then, or somebody wrote into the record of a machine.
 */
export function safePath(path: string, {atTop = false} = {}): string {
	const parts = path.split('/').slice(1);
	const clean =
		path.startsWith('/') && parts.length > (atTop ? 0 : 1) && parts.every((part) => part !== '' && part !== '.' && part !== '..');
	if (!clean) throw new Error(`a step cannot touch ${JSON.stringify(path)}: it wants an absolute, clean path below a top folder`);
	return path;
}
