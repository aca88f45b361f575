import test from 'ava';
import {RegistryError} from '../../src/artifacts/registry/failure.ts';
import type {Registry} from '../../src/artifacts/registry/registry.ts';
import {scouted} from '../../src/artifacts/registry-scout.ts';
import {WireError} from '../../src/artifacts/wire.ts';

const refs = ['r.example/a:1', 'r.example/b:1', 'r.example/c:1'];

/** What becomes of three images of a host whose first answer is an error. */
async function tried(first: RegistryError) {
	const asked: string[] = [];
	const describe: Registry['describe'] = async (ref) => {
		asked.push(ref);
		if (asked.length === 1) throw first;
		return {} as Awaited<ReturnType<Registry['describe']>>;
	};
	const registry = scouted({describe} as unknown as Registry);
	const results = await Promise.allSettled(refs.map((ref) => registry.describe(ref, 'linux/amd64')));
	return {asked, states: results.map(({status}) => status)};
}

const place = {where: 'r.example', ref: refs[0]!};

test('a host that cannot be reached is waited for once', async (t) => {
	const cause = new WireError('no answer to the connection attempt', {cause: new Error('UND_ERR_CONNECT_TIMEOUT')});
	const {asked, states} = await tried(new RegistryError('silent', place, cause.message, {cause}));
	t.deepEqual(asked, [refs[0]]);
	t.deepEqual(states, ['rejected', 'rejected', 'rejected']);
});

test('a host that answers, if only that it is busy or broken, is asked for every image', async (t) => {
	for (const why of ['HTTP 500', 'HTTP 429 (TOOMANYREQUESTS)', 'its manifest broke off']) {
		const {asked, states} = await tried(new RegistryError('silent', place, why, {cause: new WireError(why)}));
		t.deepEqual(asked, refs);
		t.deepEqual(states, ['rejected', 'fulfilled', 'fulfilled']);
	}
});
