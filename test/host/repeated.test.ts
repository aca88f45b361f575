import test from 'ava';
import {ConnectError, TransportError} from '../../src/errors.ts';
import {repeated} from '../../src/host/repeated.ts';
import type {Host} from '../../src/model.ts';

/** Not a machine: loses its line so often before it answers. */
function losing(times: number, error: Error = new TransportError('n1', 'the connection was lost', {})) {
	let calls = 0;
	const host = {
		name: 'n1',
		async exec() {
			calls += 1;
			if (calls <= times) throw error;
			return {code: 0, stdout: 'yes', stderr: ''};
		},
	} as unknown as Host;
	return {host, calls: () => calls};
}

test('a question whose line was lost is asked again on the next one', async (t) => {
	const {host, calls} = losing(2);
	t.is((await repeated(host, ['true'], {deadline: 1000})).stdout, 'yes');
	t.is(calls(), 3);
});

test('what no further line mends is told at once', async (t) => {
	const {host, calls} = losing(1, new ConnectError('n1', 'another host key', {}));
	await t.throwsAsync(repeated(host, ['true'], {deadline: 1000}), {instanceOf: ConnectError, message: /another host key/});
	t.is(calls(), 1);
});

test('who was told to stop asks nobody again', async (t) => {
	const {host, calls} = losing(1);
	await t.throwsAsync(repeated(host, ['true'], {deadline: 1000, signal: AbortSignal.abort()}), {instanceOf: TransportError});
	t.is(calls(), 1);
});
