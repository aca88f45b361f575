import type {Output} from '../model.ts';
import type {Frames} from './frames.ts';

/** What each look of a script printed and how it ended (`out/NAME`, `err/NAME`, `codes`). Throws when one of the names is not there. */
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
			return [name, {code, stdout: stdout.toString('utf8'), stderr: frames.get(`err/${name}`)?.toString('utf8') ?? ''}];
		}),
	);
}
