/**
 * The lab's release mirror: files over HTTP at the projects' paths, ranges too, every request one line in the access log.
 * `mirror.ts FOLDER ADDRESS PORT LOG` serves until it is ended.
 */
import {createReadStream, createWriteStream, statSync} from 'node:fs';
import {createServer, type IncomingMessage, type RequestListener, type ServerResponse} from 'node:http';
import {join, normalize} from 'node:path';
import {argv} from 'node:process';

type Range = {readonly first: number; readonly last: number};

/** One range of bytes; `undefined` when there is none that we serve as one, `null` when it lies outside the file. */
export function rangeOf(header: string | undefined, size: number): Range | undefined | null {
	const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
	if (match === null || (match[1] === '' && match[2] === '')) return undefined;
	const [, from = '', to = ''] = match;
	const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
	const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
	return first > last ? null : {first, last};
}

function fileFor(folder: string, url: string): {readonly path: string; readonly size: number; readonly tag: string} | undefined {
	try {
		const path = join(folder, normalize(decodeURIComponent(new URL(url, 'http://mirror').pathname)));
		const about = statSync(path);
		return about.isFile() ? {path, size: about.size, tag: `"${about.ino}-${about.mtimeMs}"`} : undefined;
	} catch {
		return undefined;
	}
}

function answer(folder: string, request: IncomingMessage, response: ServerResponse): void {
	if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405).end();
	const file = fileFor(folder, request.url ?? '/');
	if (file === undefined) return void response.writeHead(404).end('not here\n');
	const range = rangeOf(request.headers.range, file.size);
	if (range === null) return void response.writeHead(416, {'content-range': `bytes */${file.size}`}).end();
	const {first, last} = range ?? {first: 0, last: file.size - 1};
	response.writeHead(range === undefined ? 200 : 206, {
		'accept-ranges': 'bytes',
		'content-length': last - first + 1,
		'content-type': file.path.endsWith('.sha256') ? 'text/plain' : 'application/octet-stream',
		etag: file.tag,
		...(range === undefined ? {} : {'content-range': `bytes ${first}-${last}/${file.size}`}),
	});
	if (request.method === 'HEAD' || file.size === 0) return void response.end();
	createReadStream(file.path, {start: first, end: last, highWaterMark: 1 << 20})
		.on('error', (error) => response.destroy(error))
		.pipe(response);
}

/** `log` gets one line per request: time, client, method, path, status, range. */
export function serveFolder(folder: string, log: (line: string) => void): RequestListener {
	return (request, response) => {
		const client = request.socket.remoteAddress;
		response.on('close', () => {
			const {method, url, headers} = request;
			log([new Date().toISOString(), client, method, url, response.statusCode, headers.range ?? '-'].join(' '));
		});
		answer(folder, request, response);
	};
}

if (import.meta.main) {
	const [folder = '', address = '', port = '', file = ''] = argv.slice(2);
	const log = createWriteStream(file, {flags: 'a'});
	createServer(serveFolder(folder, (line) => log.write(`${line}\n`))).listen(Number(port), address);
}
