/** What is left of private keys whose first line, last line or both were cut off: a log begins and ends anywhere. */
import {gone} from './form.ts';

const lastLine = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----/;
/** The last line of base64 may be short. */
const short = /(?:^|[\s("'=])[A-Za-z0-9+/=]{1,80}\s?$/;
const some = /(?:^|[\s("'=])[A-Za-z0-9+/=]{16,80}\s?$/;
/** As long as openssl, OpenSSH and base64 make their lines. Sums are as long, and hexadecimal. */
const full = /(?:^|[\s("'=])[A-Za-z0-9+/]{64}(?:[A-Za-z0-9+/]{6}|[A-Za-z0-9+/]{12})?\s?$/;
const sum = /\b[0-9a-f]{64}\s?$/;

/** The text without them; as many lines as before. Two full lines of base64 where no certificate was begun are a key. */
export function cutKeys(text: string): string {
	const lines = text.split('\n');
	const isGone = new Set<number>();
	let begun = '';
	for (const [at, line] of lines.entries()) {
		if (lastLine.test(line) && begun !== 'private' && !line.includes('-----BEGIN ')) {
			isGone.add(at);
			let before = at - 1;
			const isAlone = /(?:^|\s)-----END/.test(line);
			if (isAlone && short.test(lines[before] ?? '')) isGone.add(before--);
			while (isAlone && some.test(lines[before] ?? '')) isGone.add(before--);
		}
		const begins = line.lastIndexOf('-----BEGIN ') > line.lastIndexOf('-----END ');
		if (line.includes('-----END ')) begun = '';
		if (begins) begun = line.includes('PRIVATE KEY') ? 'private' : 'public';
		if (begun !== '' || !isFull(line) || !(isFull(lines[at - 1]) || isFull(lines[at + 1]))) continue;
		isGone.add(at);
		if (!isFull(lines[at + 1]) && short.test(lines[at + 1] ?? '')) isGone.add(at + 1);
	}
	return isGone.size === 0 ? text : lines.map((line, at) => (isGone.has(at) ? gone : line)).join('\n');
}

const isFull = (line = '') => full.test(line) && !sum.test(line);
