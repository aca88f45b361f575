/** Writes a lock file (interfaces.md §6): sorted, one line per fact, for review. */
import type {Lock} from '../../src/model.ts';

const sorted = <T>(map: Readonly<Record<string, T>>) => Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
const quoted = (value: unknown) => JSON.stringify(value);

function list(name: string, values: readonly string[]): string[] {
	return [`    ${name}:`, ...values.map((value) => `      - ${quoted(value)}`)];
}

export function lockText({binaries, images, madeBy, madeAt}: Lock): string {
	return [
		`madeBy: ${quoted(madeBy)}`,
		`madeAt: ${quoted(madeAt)}`,
		'binaries:',
		...sorted(binaries).flatMap(([key, {sha256, size, from}]) => [
			`  ${quoted(key)}:`,
			`    sha256: ${quoted(sha256)}`,
			`    size: ${size}`,
			...list('from', from),
		]),
		'images:',
		...sorted(images).flatMap(([ref, {platform, digest, config, diffIDs, from}]) => [
			`  ${quoted(ref)}:`,
			`    platform: ${quoted(platform)}`,
			`    digest: ${quoted(digest)}`,
			`    config: ${quoted(config)}`,
			...list('diffIDs', diffIDs),
			...list('from', from),
		]),
		'',
	].join('\n');
}
