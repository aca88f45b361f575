import {createHash} from 'node:crypto';

/** Frames by name. A name that is not in the map was not sent by the node. */
export type Frames = ReadonlyMap<string, Buffer>;

/** The answer of a survey was cut, altered, or is none: nothing is known about the node. */
export class FrameError extends Error {}

/**
 * Reads the answer of the survey script (its layout: script.ts). What a login prints before or after the answer is ignored; anything missing,
 * cut or changed inside it throws FrameError. A frame that is short is never taken for a file that is absent.
 */
export function readFrames(answer: Buffer, nonce: string): Frames {
	const begin = answer.indexOf(`survey ${nonce} `);
	if (begin < 0 || (begin > 0 && answer[begin - 1] !== 0x0a)) throw new FrameError('the answer has no beginning');
	let at = begin;
	const line = (): string => {
		const end = answer.indexOf(0x0a, at);
		if (end < 0) throw new FrameError('the answer is cut');
		const text = answer.toString('utf8', at, end);
		at = end + 1;
		return text;
	};
	const count = Number(match(/^survey \S+ (\d{1,5})$/, line())[1]);
	const lengths = Array.from({length: count}, () => match(/^(\d{1,8}) (\S+)$/, line()));
	const sums = Array.from({length: count}, () => match(/^([0-9a-f]{64}) {2}(\S+)$/, line()));
	const frames = new Map<string, Buffer>();
	for (const [index, [, length, name = '']] of lengths.entries()) {
		const [, sum, summed] = sums[index]!;
		if (name !== summed || frames.has(name)) throw new FrameError(`the index is wrong at ${name}`);
		const bytes = answer.subarray(at, at + Number(length));
		if (bytes.length !== Number(length)) throw new FrameError(`the answer is cut in ${name}`);
		if (createHash('sha256').update(bytes).digest('hex') !== sum) throw new FrameError(`${name} came altered`);
		frames.set(name, bytes);
		at += bytes.length;
	}
	if (line() !== `end ${nonce} ${count}`) throw new FrameError('the answer has no end');
	return frames;
}

function match(pattern: RegExp, line: string): RegExpExecArray {
	const found = pattern.exec(line);
	if (found === null) throw new FrameError('the index of the answer is damaged');
	return found;
}
