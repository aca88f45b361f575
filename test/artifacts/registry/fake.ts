/** A fake registry: a server in this process with images made of random bytes, which lies where a test tells it to. */
import {createHash, randomBytes} from 'node:crypto';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {Descriptor} from '../../../src/artifacts/registry/manifest.ts';
import {mediaTypes} from '../../../src/artifacts/registry/manifest.ts';

export const sha = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
export const patience = {tries: 3, pauseMs: 1, mostMs: 2000};
export const silence = {connect: 1000, headers: 1000, body: 300};

export type Content = {readonly bytes: Buffer; readonly type: string};
/** Content by digest; every piece of one image, or of several. */
export type Stock = Map<string, Content>;

const describe = (bytes: Buffer, mediaType: string): Descriptor => ({mediaType, digest: sha(bytes), size: bytes.length});

/** Puts an image of random layers into a stock; gives the descriptor of its manifest. Layers are as they are, so a diffID is a digest. */
export function makeImage(
	stock: Stock,
	{sizes = [3000, 200_000], architecture = 'amd64', seed = randomBytes(8).toString('hex')} = {},
): Descriptor {
	const put = (bytes: Buffer, type: string) => {
		stock.set(sha(bytes), {bytes, type});
		return describe(bytes, type);
	};
	const layers = sizes.map((size) => put(randomBytes(size), 'application/vnd.oci.image.layer.v1.tar'));
	const rootfs = {type: 'layers', diff_ids: layers.map(({digest}) => digest)};
	const config = put(
		Buffer.from(JSON.stringify({os: 'linux', architecture, seed, rootfs})),
		'application/vnd.oci.image.config.v1+json',
	);
	const manifest = {schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers};
	return {...put(Buffer.from(JSON.stringify(manifest)), mediaTypes.manifest), platform: {os: 'linux', architecture}};
}

/** Puts an index over manifests into a stock. */
export function makeIndex(stock: Stock, manifests: readonly Descriptor[]): Descriptor {
	const bytes = Buffer.from(JSON.stringify({schemaVersion: 2, mediaType: mediaTypes.index, manifests}));
	stock.set(sha(bytes), {bytes, type: mediaTypes.index});
	return describe(bytes, mediaTypes.index);
}

export type Lie = (request: IncomingMessage, response: ServerResponse, honest: () => void) => void;

type Test = {teardown(end: () => void): void};

export async function serve(t: Test, answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
	const server = createServer(answer).listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Serves what a stock has, read-only; tags by `repository:tag`. `asked` holds a line per request. */
export async function fakeRegistry(
	t: Test,
	{stock, tags, lie}: {stock: Stock; tags: Readonly<Record<string, string>>; lie?: Lie},
) {
	const asked: string[] = [];
	const headers: IncomingMessage['headers'][] = [];
	const host = await serve(t, (request, response) => {
		asked.push(`${request.method} ${request.url}`);
		headers.push(request.headers);
		const honest = () => answer(stock, tags, request, response);
		if (lie === undefined) honest();
		else lie(request, response, honest);
	});
	return {host, asked, headers};
}

function answer(stock: Stock, tags: Readonly<Record<string, string>>, request: IncomingMessage, response: ServerResponse): void {
	if (request.url === '/v2/') return void response.end('{}');
	const [, repository, kind, name = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(request.url ?? '') ?? [];
	const digest = name.startsWith('sha256:') ? name : (tags[`${repository}:${name}`] ?? '');
	const content = kind === undefined ? undefined : stock.get(digest);
	if (content === undefined)
		return void response.writeHead(404).end(JSON.stringify({errors: [{code: 'UNKNOWN', message: 'not here'}]}));
	const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
	const {bytes, type} = content;
	response.writeHead(from > 0 ? 206 : 200, {
		'content-type': type,
		'content-length': bytes.length - from,
		'docker-content-digest': digest,
		...(from > 0 && {'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`}),
	});
	response.end(request.method === 'HEAD' ? undefined : bytes.subarray(from));
}
