/** A path that a step may touch: absolute, clean, and not a top folder of the machine. Throws else: our own phases are wrong then. */
export function safePath(path: string): string {
	const parts = path.split('/').slice(1);
	const clean = path.startsWith('/') && parts.length > 1 && parts.every((part) => part !== '' && part !== '.' && part !== '..');
	if (!clean) throw new Error(`a step cannot touch ${JSON.stringify(path)}: it wants an absolute, clean path below a top folder`);
	return path;
}
