/** Answers of machines as they come over the line, to be spoiled: the frames of a look, laid out anew with right sums, or bitten. */
import {createHash} from 'node:crypto';
import type {Frames} from '../../src/survey/frames.ts';
import {hostileText} from './hostile.ts';
import type {Random} from './random.ts';

/** The answer with these frames, as the script prints it (src/survey/script.ts). */
export function framed(nonce: string, frames: Frames): Buffer {
	const all = [...frames];
	const lengths = all.map(([name, bytes]) => `${bytes.length} ${name}\n`).join('');
	const sums = all.map(([name, bytes]) => `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`).join('');
	return Buffer.concat([
		Buffer.from(`survey ${nonce} ${all.length}\n${lengths}${sums}`),
		...all.map(([, bytes]) => bytes),
		Buffer.from(`end ${nonce} ${all.length}\n`),
	]);
}

/** Some of the frames say something else, or are not there. `changes` tells which, for whoever has to understand it. */
export function spoiled(frames: Frames, random: Random): {frames: Map<string, Buffer>; changes: string[]} {
	const changed = new Map(frames);
	const changes: string[] = [];
	for (let times = 1 + random.below(3); times > 0; times -= 1) {
		const name = random.pick([...changed.keys()]);
		const bytes = random.once(30) ? undefined : said(changed.get(name)!, random);
		changes.push(`${name}: ${JSON.stringify(bytes?.toString('latin1').slice(0, 2000) ?? 'gone')}`);
		if (bytes === undefined) changed.delete(name);
		else changed.set(name, bytes);
	}
	return {frames: changed, changes};
}

function said(bytes: Buffer, random: Random): Buffer {
	const text = bytes.toString('latin1');
	const at = random.below(text.length + 1);
	const put = Buffer.from(hostileText(random)).toString('latin1');
	const change = random.below(9);
	if (change === 0) return Buffer.from(put, 'latin1');
	if (change === 1) return Buffer.from(text.slice(0, at), 'latin1');
	if (change === 2) return Buffer.from(put.repeat(1 + random.below(20_000)).slice(0, 300_000), 'latin1');
	if (change === 3) return Buffer.concat([bytes, bytes]);
	if (change === 4) return Buffer.from(text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + 1), 'latin1');
	// A word or a value becomes another one: the layout stays, and the lie gets further in.
	const words = [...text.matchAll(/[^\s"=:,{}[\]]+/g)];
	const word = words.length === 0 ? undefined : random.pick(words);
	if (word === undefined || change === 5) return Buffer.from(text.slice(0, at) + put + text.slice(at), 'latin1');
	const flat = change === 6 ? put : put.replaceAll(/\s/g, '');
	return Buffer.from(text.slice(0, word.index) + flat + text.slice(word.index + word[0].length), 'latin1');
}

/** The answer itself, cut or altered on its way. */
export function bitten(answer: Buffer, random: Random): Buffer {
	const at = random.below(answer.length + 1);
	if (random.once(2)) return answer.subarray(0, at);
	const copy = Buffer.from(answer);
	copy[Math.min(at, copy.length - 1)] = random.below(256);
	return copy;
}
