/**
 * Stands in for npm's string-width in the bundle: the real one compiles a large emoji expression at import, which doubles
 * the time of `--help`. Escape sequences count nothing, East Asian wide blocks and emoji two, everything else one.
 */
// biome-ignore lint/style/noDefaultExport: the package that it replaces has one
export default function stringWidth(text: string): number {
	const bare = text.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007]*\u0007|\p{Mn}/gu, '');
	let width = 0;
	for (const character of bare) width += isWide(character.codePointAt(0) ?? 0) ? 2 : 1;
	return width;
}

function isWide(code: number): boolean {
	return (
		(code >= 0x1100 && code <= 0x115f) ||
		(code >= 0x2e80 && code <= 0xa4cf) ||
		(code >= 0xac00 && code <= 0xd7a3) ||
		(code >= 0xf900 && code <= 0xfaff) ||
		(code >= 0xfe30 && code <= 0xfe6f) ||
		(code >= 0xff00 && code <= 0xff60) ||
		(code >= 0x1f300 && code <= 0x1faff) ||
		code >= 0x20000
	);
}
