/** A folder of this machine, asked as a server is asked. */
import {createReadStream} from 'node:fs';
import {stat} from 'node:fs/promises';
import {Readable} from 'node:stream';
import {fileURLToPath} from 'node:url';
import {type Answer, WireError} from './wire.ts';

/** The file behind a `file:///` address, from a byte on. Rejects with WireError when it cannot be read. */
export async function askFolder(url: string, from = 0): Promise<Answer> {
	const path = fileURLToPath(url);
	let size: number;
	try {
		const seen = await stat(path);
		if (!seen.isFile()) throw Object.assign(new Error('it is no file'), {code: 'EISDIR'});
		({size} = seen);
	} catch (error) {
		const {code, message} = error as NodeJS.ErrnoException;
		if (code === 'ENOENT' || code === 'ENOTDIR') return {status: 404, headers: {}, body: Readable.from([])};
		throw new WireError(message, {cause: error});
	}
	const range = from > 0 && from < size ? {'content-range': `bytes ${from}-${size - 1}/${size}`} : {};
	const start = 'content-range' in range ? from : 0;
	return {
		status: 'content-range' in range ? 206 : 200,
		headers: {'content-length': String(size - start), ...range},
		body: createReadStream(path, {start, highWaterMark: 1 << 20}),
	};
}
