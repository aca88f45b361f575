import type {Output} from '../model.ts';
import type {Frames} from './frames.ts';

/**
 * What each look of a script printed and how it ended (`out/NAME`, `err/NAME`, `codes`). A NUL, which no name of a file and no argument can hold, is
 * read as a byte that is no text. Throws when one of the names is not there.
 */
export function readOutputs(frames: Frames, probes: readonly string[]): Map<string, Output> {
	const codes = new Map<string, number>();
	for (const line of (frames.get('codes')?.toString('utf8') ?? '').split('\n').filter(Boolean)) {
		const [, name = '', code = ''] = /^(\S+) (\d{1,3})$/.exec(line) ?? [];
		codes.set(name, Number(code));
	}
	return new Map(
		probes.map((name) => {
			const stdout = frames.get(`out/${name}`);
			const code = codes.get(name);
			if (stdout === undefined || code === undefined) throw new Error(`the answer has no ${name}`);
			return [name, {code, stdout: textOf(stdout), stderr: textOf(frames.get(`err/${name}`))}];
		}),
	);
}

const textOf = (bytes: Buffer | undefined): string => bytes?.toString('utf8').replaceAll('\0', '\uFFFD') ?? '';
