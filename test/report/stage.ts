/** A stand-in for a terminal or a pipe: keeps what is written to it. */
import {Writable} from 'node:stream';

export function stage(columns = 100): {stream: NodeJS.WriteStream; text: () => string} {
	const chunks: string[] = [];
	const stream = new Writable({
		write(chunk, _encoding, done) {
			chunks.push(String(chunk));
			done();
		},
	});
	Object.assign(stream, {columns, rows: 50, isTTY: true});
	return {stream: stream as unknown as NodeJS.WriteStream, text: () => chunks.join('')};
}
