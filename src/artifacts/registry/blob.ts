/** A blob as a stream that ends well only when every byte of it was right; a transfer that breaks off goes on where it stopped. */
import {createHash} from 'node:crypto';
import {type Answer, cause} from '../wire.ts';
import {RegistryError} from './failure.ts';
import type {Descriptor} from './manifest.ts';
import type {Question, Talk} from './talk.ts';

/** How often a transfer that broke off after it had given something goes on. */
const mostBreaks = 8;

/**
 * The bytes of a blob. The request is made when somebody reads. Throws RegistryError instead of ending when a byte is wrong, missing or too
 * many: whoever writes them somewhere must take that as nothing until the end was reached. Blobs are fetched by digest from the registry alone;
 * `urls` of a descriptor are never followed.
 */
export async function* blobStream(
	talk: Talk,
	question: Omit<Question, 'to' | 'statuses'>,
	repository: string,
	descriptor: Descriptor,
	signal?: AbortSignal,
): AsyncGenerator<Buffer, void> {
	const {digest, size} = descriptor;
	const place = {where: question.registry, ref: question.ref};
	const wrong = (why: string) => new RegistryError('wrong', place, `its blob ${digest} ${why}`);
	const hash = createHash('sha256');
	let done = 0;
	let last: Buffer = Buffer.alloc(0);
	let broken: unknown;
	for (let breaks = 0; ; breaks++) {
		const to = `/v2/${repository}/blobs/${digest}`;
		const answer = await talk
			.ask({...question, to, headers: done > 0 ? {range: `bytes=${done}-`} : {}, statuses: [200, 206, 416]})
			.catch((error: unknown) => {
				throw foreign(error, descriptor, place);
			});
		const {from, misfit} = beginning(answer, done, size);
		if (misfit !== undefined) {
			answer.body.destroy();
			throw wrong(misfit);
		}
		// A registry that cannot go on in the middle begins anew: what was seen already is passed over, the digest tells whether it was the same.
		let skip = done - from;
		try {
			for await (const chunk of answer.body as AsyncIterable<Buffer>) {
				const fresh = skip === 0 ? chunk : chunk.subarray(skip);
				skip -= chunk.length - fresh.length;
				if (fresh.length === 0) continue;
				if (done + fresh.length > size) throw wrong(`is longer than its ${size} bytes`);
				hash.update(fresh);
				done += fresh.length;
				if (done < size) yield fresh;
				else last = fresh;
			}
			broken = new Error('the connection ended');
		} catch (error) {
			if (error instanceof RegistryError) throw error;
			signal?.throwIfAborted();
			broken = error;
		}
		if (done === size) break;
		if (breaks >= mostBreaks) {
			const why = `its blob ${digest} was cut short after ${done} of ${size} bytes: ${cause(broken)}`;
			throw new RegistryError('silent', place, why, {cause: broken});
		}
	}
	const seen = `sha256:${hash.digest('hex')}`;
	if (seen !== digest) throw wrong(`has the digest ${seen}`);
	// The last bytes were kept back until now: nobody can have taken a wrong blob for a whole one.
	if (last.length > 0) yield last;
}

/** Where in the blob an answer begins, and why it cannot be (the rest of) the blob, seen from its headers alone. */
function beginning({status, headers}: Answer, done: number, size: number): {from: number; misfit?: string} {
	const from = status === 206 ? Number(/^bytes (\d+)-/.exec(String(headers['content-range']))?.[1]) : 0;
	const length = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
	const encoding = headers['content-encoding'] ?? 'identity';
	if (status === 416) return {from, misfit: `ends after ${done} of ${size} bytes`};
	if (encoding !== 'identity') return {from, misfit: 'comes compressed, though that was not asked for'};
	if (String(headers['content-type']).startsWith('text/html')) return {from, misfit: 'is answered with a web page'};
	if (!(from <= done)) return {from, misfit: `is asked for from byte ${done} on, and comes from another one`};
	if (length !== undefined && from + length !== size)
		return {from, misfit: `is to have ${size} bytes, the registry has ${from + length}`};
	return {from};
}

function foreign(error: unknown, {urls, digest}: Descriptor, place: {where: string; ref: string}): unknown {
	if (!(error instanceof RegistryError) || error.fault !== 'absent') return error;
	const elsewhere = urls !== undefined && urls.length > 0;
	const hint = elsewhere
		? 'the image says that this layer lies elsewhere (urls); such addresses are not followed'
		: 'the copy there is not whole; take another source';
	return new RegistryError('absent', place, `has no blob ${digest}`, {hint});
}
