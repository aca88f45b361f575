import test from 'ava';
import {limited, TooLong, TooSlow} from '../../../src/artifacts/registry/body.ts';
import {describeManifest} from '../../../src/artifacts/registry/describe.ts';
import {RegistryError} from '../../../src/artifacts/registry/failure.ts';
import {readManifest} from '../../../src/artifacts/registry/manifest.ts';
import {makeImage, type Stock} from './fake.ts';

/** A body in equal pieces, each so many milliseconds after the one before, by a clock of its own. */
function paced(pieces: number, bytes: number, ms: number) {
	const clock = {now: 0, sent: 0};
	async function* body() {
		for (; clock.sent < pieces; clock.sent++) {
			clock.now += ms;
			yield Buffer.alloc(bytes);
		}
	}
	return {clock, body: body(), now: () => clock.now};
}

test('a body that drips is left alone after a minute', async (t) => {
	const {clock, body, now} = paced(1000, 1, 29_000);
	await t.throwsAsync(limited(body, 4096, now), {instanceOf: TooSlow, message: 'it comes too slowly: 3 bytes in 87 s'});
	t.is(clock.sent, 2);
});

test('a slow line that goes on is no fault, a long body is', async (t) => {
	const slow = paced(40, 64 << 10, 5000);
	t.is((await limited(slow.body, 4 << 20, slow.now)).length, 40 << 16);
	const long = paced(40, 64 << 10, 0);
	await t.throwsAsync(limited(long.body, 1 << 20, long.now), {instanceOf: TooLong});
});

test('a config that drips is the fault of its place, so that the next place is asked', async (t) => {
	const stock: Stock = new Map();
	const manifest = readManifest(stock.get(makeImage(stock).digest)!.bytes);
	const blob = async function* () {
		yield Buffer.alloc(0);
		throw new TooSlow('it comes too slowly');
	};
	const error = await t.throwsAsync(describeManifest({blob}, 'r.example/a:1', manifest, 'linux/amd64'), {
		instanceOf: RegistryError,
	});
	t.is(error!.message, 'r.example/a:1: its config: it comes too slowly');
});
