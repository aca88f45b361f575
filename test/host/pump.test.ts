import {PassThrough, Writable} from 'node:stream';
import {setImmediate as turn} from 'node:timers/promises';
import test from 'ava';
import {pump} from '../../src/host/pump.ts';

const never = new Promise<never>(() => {});

function sink() {
	const chunks: Buffer[] = [];
	const stream = new Writable({
		write: (chunk, _, done) => {
			chunks.push(chunk);
			done();
		},
	});
	return {stream, text: () => Buffer.concat(chunks).toString()};
}

async function* some(...words: string[]) {
	for (const word of words) yield Buffer.from(word);
}

test('strings, bytes, streams and nothing: all is written, then the end', async (t) => {
	for (const [source, expected] of [
		['abc', 'abc'],
		[Buffer.from('abc'), 'abc'],
		[some('a', 'bc'), 'abc'],
		[undefined, ''],
	] as const) {
		const {stream, text} = sink();
		await pump(source, stream, never);
		t.true(stream.writableEnded);
		t.is(text(), expected);
	}
});

test('a reader that is slow is not flooded', async (t) => {
	const stream = new PassThrough({highWaterMark: 1000});
	let taken = 0;
	const source = async function* () {
		for (; taken < 100; taken++) yield Buffer.alloc(600);
	};
	const work = pump(source(), stream, never);
	for (let turns = 0; turns < 20; turns++) await turn();
	t.true(taken <= 3, `${taken} chunks were taken before anybody read`);
	stream.resume();
	await work;
	t.is(taken, 100);
});

test('a silent source does not hold up the end of the command, and is told', async (t) => {
	const {stream} = sink();
	const gone = Promise.withResolvers<void>();
	const told = Promise.withResolvers<void>();
	const source = {
		[Symbol.asyncIterator]: () => ({
			next: () => never,
			return: async () => {
				told.resolve();
				return {done: true as const, value: undefined};
			},
		}),
	};
	const work = pump(source, stream, gone.promise);
	gone.resolve();
	await work;
	await told.promise;
	t.false(stream.writableEnded, 'nothing is written to a command that is over');
});

test('what the source throws comes out', async (t) => {
	const source = async function* () {
		yield Buffer.from('a');
		throw new Error('the disk is gone');
	};
	await t.throwsAsync(pump(source(), sink().stream, never), {message: 'the disk is gone'});
});
