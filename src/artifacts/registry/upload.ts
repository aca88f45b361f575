/** Blobs and manifests into a registry (OCI distribution specification, "Push"): mounted where they are already, gone on with after a cut. */
import {drop} from './body.ts';
import {RegistryError} from './failure.ts';
import {hasManifest} from './fetch-manifest.ts';
import type {Descriptor} from './manifest.ts';
import {type Replay, replay} from './replay.ts';
import {type ImageTarget, imageName} from './source.ts';
import type {Question, Talk} from './talk.ts';

/** How often an upload is gone on with, or begun anew, after it broke off. */
const mostBreaks = 8;
/** What is sent in one piece that can be sent again. */
const small = 1 << 20;

export function uploader(talk: Talk): Omit<ImageTarget, 'where'> {
	const pushing = (ref: string) => {
		const {registry, repository} = imageName(ref);
		return {registry, repository, ref, scopes: [`repository:${repository}:pull,push`]};
	};
	return {
		// With the right to push, because some registries hide from others what is not there yet.
		has: (ref) => hasManifest(talk, pushing(ref), ref),
		hasBlob: (ref, descriptor) => hasBlob(talk, pushing(ref), descriptor),
		putBlob: async (ref, descriptor, open, {mountFrom, onBytes} = {}) => {
			const asking = pushing(ref);
			const begun = await begin(talk, asking, descriptor, mountFrom && imageName(mountFrom).repository);
			if (begun === undefined) return 'mounted';
			await send(talk, asking, descriptor, begun, () => counted(open(), onBytes));
			return 'moved';
		},
		putManifest: async (ref, {bytes, digest, mediaType}) => {
			const asking = pushing(ref);
			const {tag, digest: named} = imageName(ref);
			const to = `/v2/${asking.repository}/manifests/${named ?? tag ?? digest}`;
			const headers = {'content-type': mediaType, 'content-length': String(bytes.length)};
			const answer = await talk.ask({...asking, method: 'PUT', to, headers, body: () => bytes, statuses: [201, 202]});
			await drop(answer.body);
			const said = answer.headers['docker-content-digest'];
			if (typeof said === 'string' && said.startsWith('sha256:') && said !== digest)
				throw new RegistryError(
					'wrong',
					{where: asking.registry, ref},
					`keeps another manifest (${said}) than it was given (${digest})`,
				);
		},
	};
}

type Asking = Pick<Question, 'registry' | 'repository' | 'ref' | 'scopes'>;

/** Begins an upload and gives its address; undefined when the blob was mounted from another repository instead. */
async function begin(talk: Talk, asking: Asking, {digest}: Descriptor, mountFrom?: string): Promise<string | undefined> {
	const query = mountFrom === undefined ? '' : `?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(mountFrom)}`;
	const scopes = [...asking.scopes, ...(mountFrom === undefined ? [] : [`repository:${mountFrom}:pull`])];
	const to = `/v2/${asking.repository}/blobs/uploads/${query}`;
	const headers = {'content-length': '0'};
	const answer = await talk.ask({
		...asking,
		scopes,
		method: 'POST',
		to,
		headers,
		statuses: mountFrom === undefined ? [202] : [201, 202],
	});
	await drop(answer.body);
	return answer.status === 201 ? undefined : placeOf(answer, asking);
}

/**
 * Sends the bytes, and goes on after a cut with what the registry says it has. Many registries give up an upload that broke off in the middle
 * (the reference one among them): then the blob is begun anew.
 */
async function send(talk: Talk, asking: Asking, descriptor: Descriptor, begun: string, open: () => AsyncIterable<Buffer>) {
	const {digest, size} = descriptor;
	let stream: Replay = replay(open());
	let [place, at] = [begun, 0];
	try {
		for (let breaks = 0; ; breaks++) {
			const body = stream.from(at) ?? (await anew());
			try {
				const to = `${place}${place.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
				return await put(talk, asking, to, body, {at, size});
			} catch (error) {
				if (stream.failure !== undefined) throw stream.failure;
				if (!(error instanceof RegistryError) || error.fault === 'denied' || breaks >= mostBreaks) throw error;
				if (error.fault === 'wrong' && at === 0) throw error;
				// The answer alone may have been lost.
				if (await hasBlob(talk, asking, descriptor)) return;
				const went = await standing(talk, asking, place).catch(() => undefined);
				[place, at] = went ?? [(await begin(talk, asking, descriptor))!, 0];
			}
		}
	} finally {
		await stream.close();
	}

	/** What is missing there is not kept here any more. */
	async function anew(): Promise<AsyncIterable<Buffer>> {
		await stream.close();
		stream = replay(open());
		[place, at] = [(await begin(talk, asking, descriptor))!, 0];
		return stream.from(0)!;
	}
}

async function hasBlob(talk: Talk, asking: Asking, {digest, size}: Descriptor): Promise<boolean> {
	const to = `/v2/${asking.repository}/blobs/${digest}`;
	const {status, headers, body} = await talk.ask({...asking, method: 'HEAD', to, statuses: [200, 404]});
	await drop(body);
	return status === 200 && Number(headers['content-length'] ?? size) === size;
}

async function put(
	talk: Talk,
	asking: Asking,
	to: string,
	stream: AsyncIterable<Buffer>,
	{at, size}: {at: number; size: number},
): Promise<void> {
	const headers = {
		'content-type': 'application/octet-stream',
		'content-length': String(size - at),
		...(at > 0 && {'content-range': `${at}-${size - 1}`}),
	};
	const whole = size - at <= small ? await gathered(stream) : undefined;
	const body = () => whole ?? stream;
	const answer = await talk.ask({...asking, method: 'PUT', to, headers, body, once: true, statuses: [201, 202, 204]});
	await drop(answer.body);
}

/** How much of an upload the registry has, and where it goes on; undefined when it does not know any more. */
async function standing(talk: Talk, asking: Asking, place: string): Promise<[string, number] | undefined> {
	const answer = await talk.ask({...asking, to: place, statuses: [204]});
	await drop(answer.body);
	const last = /^(?:bytes=)?0-(\d+)$/.exec(String(answer.headers.range))?.[1];
	if (last === undefined) return undefined;
	// `0-0` is what the reference registry says of an empty upload too: one byte is sent twice rather than never.
	return last === '0' ? undefined : [placeOf(answer, asking), Number(last) + 1];
}

function placeOf(
	{headers, url}: {headers: Readonly<Record<string, string | string[] | undefined>>; url: string},
	{registry, ref}: Asking,
): string {
	const {location} = headers;
	if (typeof location !== 'string' || !URL.canParse(location, url))
		throw new RegistryError('wrong', {where: registry, ref}, 'begins an upload without saying where it goes');
	return new URL(location, url).href;
}

async function gathered(stream: AsyncIterable<Buffer>): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of stream) chunks.push(chunk);
	return Buffer.concat(chunks);
}

async function* counted(stream: AsyncIterable<Buffer>, onBytes: ((bytes: number) => void) | undefined): AsyncGenerator<Buffer> {
	for await (const chunk of stream) {
		onBytes?.(chunk.length);
		yield chunk;
	}
}
