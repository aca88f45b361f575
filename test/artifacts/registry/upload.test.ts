import {randomBytes} from 'node:crypto';
import type {IncomingMessage, ServerResponse} from 'node:http';
import test, {type ExecutionContext} from 'ava';
import {RegistryError} from '../../../src/artifacts/registry/failure.ts';
import {openRegistry} from '../../../src/artifacts/registry/registry.ts';
import {replay} from '../../../src/artifacts/registry/replay.ts';
import {patience, serve, sha, silence} from './fake.ts';

const bytes = randomBytes(1_500_000);
const blob = {mediaType: 'application/octet-stream', digest: sha(bytes), size: bytes.length};

/** A fake registry that keeps what arrived of an upload, as some do: says how much, and lets it go on. `breaks`: after how many bytes each time. */
async function keeper(t: ExecutionContext, breaks: number[], {keeps = true, finish = 201} = {}) {
	let kept = Buffer.alloc(0);
	const asked: string[] = [];
	const begin = (response: ServerResponse, status: number) =>
		response.writeHead(status, {location: '/upload/1?_state=a%2Bb', range: `0-${Math.max(kept.length - 1, 0)}`}).end();
	const answer = (request: IncomingMessage, response: ServerResponse): void => {
		if (request.url === '/v2/') return void response.end();
		asked.push(`${request.method} ${request.url?.replace(/sha256.*/, 'sha')} ${request.headers['content-range'] ?? ''}`.trim());
		if (request.method === 'HEAD') return void response.writeHead(404).end();
		if (request.method === 'POST') {
			kept = Buffer.alloc(0);
			return void begin(response, 202);
		}
		if (request.method === 'GET') return void (keeps ? begin(response, 204) : response.writeHead(404).end());
		const most = breaks.shift();
		request.on('data', (chunk: Buffer) => {
			kept = Buffer.concat([kept, chunk]);
			if (most !== undefined && kept.length > most) request.destroy();
		});
		request.on('error', () => {}).on('end', () => response.writeHead(sha(kept) === blob.digest ? finish : 400).end());
	};
	const host = await serve(t, answer);
	const registry = openRegistry({insecure: [host], patience, silence});
	t.teardown(() => registry.close());
	return {host, asked, target: registry.target(host), ref: `${host}/a/b:1`, kept: () => kept};
}

async function* pieces(content = bytes): AsyncGenerator<Buffer> {
	for (let at = 0; at < content.length; at += 50_000) yield content.subarray(at, at + 50_000);
}

test('an upload goes on where the registry says it stands, and its source is read once', async (t) => {
	const {target, ref, asked, kept} = await keeper(t, [300_000, 900_000]);
	let opened = 0;
	const open = () => {
		opened += 1;
		return pieces();
	};
	t.is(await target.putBlob(ref, blob, open), 'moved');
	t.deepEqual(kept(), bytes);
	t.is(opened, 1);
	t.is(asked.filter((line) => line.startsWith('POST')).length, 1);
	const ranges = asked.filter((line) => line.startsWith('PUT')).map((line) => Number(/ (\d+)-1499999$/.exec(line)?.[1] ?? 0));
	t.is(ranges.length, 3);
	t.true(ranges[1]! > 300_000 && ranges[2]! > 900_000, ranges.join());
	t.true(asked.some((line) => line.startsWith('PUT /upload/1?_state=a%2Bb&digest=sha')));
});

test('an upload that the registry has forgotten is begun anew', async (t) => {
	const {target, ref, asked, kept} = await keeper(t, [400_000], {keeps: false});
	t.is(await target.putBlob(ref, blob, () => pieces()), 'moved');
	t.deepEqual(kept(), bytes);
	t.is(asked.filter((line) => line.startsWith('POST')).length, 2);
});

test('a line that breaks each time is given up with words', async (t) => {
	const {target, ref} = await keeper(
		t,
		Array.from({length: 99}, () => 100_000),
		{keeps: false},
	);
	const error = await t.throwsAsync(
		target.putBlob(ref, blob, () => pieces()),
		{instanceOf: RegistryError},
	);
	t.is(error!.fault, 'silent');
	t.true(error!.message.startsWith(`${ref}: `));
});

test('a registry that does not take a whole blob is not asked again', async (t) => {
	const {target, ref, asked} = await keeper(t, [], {finish: 422});
	const error = await t.throwsAsync(
		target.putBlob(ref, blob, () => pieces()),
		{instanceOf: RegistryError},
	);
	t.regex(error!.message, /HTTP 422/);
	t.is(asked.filter((line) => line.startsWith('PUT')).length, 1);
});

test('what the source says is wrong is the error, not what the target makes of it', async (t) => {
	const {target, ref} = await keeper(t, []);
	async function* broken() {
		yield bytes.subarray(0, 1_400_000);
		throw new RegistryError('wrong', {where: 'source', ref: 'source/x'}, 'its blob has the digest of something else');
	}
	const error = await t.throwsAsync(target.putBlob(ref, blob, broken), {instanceOf: RegistryError});
	t.is(error!.where, 'source');
});

test('a stream can be read again from what is kept, and not from before', async (t) => {
	const stream = replay(pieces(), 200_000);
	const read = async (from: number, most: number) => {
		let seen = 0;
		const chunks: Buffer[] = [];
		for await (const chunk of stream.from(from)!) {
			chunks.push(chunk);
			seen += chunk.length;
			if (seen >= most) break;
		}
		return Buffer.concat(chunks);
	};
	t.is((await read(0, 1_000_000)).length, 1_000_000);
	t.is(stream.from(0), undefined);
	t.is(stream.from(1_000_001), undefined);
	t.deepEqual(await read(820_001, 10_000_000), bytes.subarray(820_001));
	t.deepEqual(await read(bytes.length, 1), Buffer.alloc(0));
});
