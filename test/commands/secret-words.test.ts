import {chmodSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {PassThrough} from 'node:stream';
import test from 'ava';
import type {Call, Flags} from '../../src/commands/call.ts';
import {secretWords} from '../../src/commands/secret-words.ts';
import {Interrupted} from '../../src/errors.ts';
import {called} from './fakes.ts';

const sudoPassword = async (call: Call) => (await secretWords(call)).access.sudoPassword?.();
const passphrase = async (call: Call) => (await secretWords(call)).access.passphrase?.();

/** A terminal on which somebody types. */
function typing(keys: string, flags: Partial<Flags> = {askSudoPassword: true}) {
	const raw: boolean[] = [];
	const stdin = Object.assign(new PassThrough(), {isTTY: true, setRawMode: (on: boolean) => raw.push(on)});
	stdin.write(keys);
	const {call, err} = called(flags);
	return {call: {...call, around: {...call.around, stdin: stdin as unknown as NodeJS.ReadStream}}, raw, err};
}

test('nothing is asked when no flag wants it', async (t) => {
	t.is(await sudoPassword(called().call), undefined);
});

test('a typed password is not shown, backspace works, and the terminal is given back', async (t) => {
	const {call, raw, err} = typing('hux\u007fnter2\r');
	t.is(await sudoPassword(call), 'hunter2');
	t.deepEqual(raw, [true, false]);
	t.is(err(), 'sudo password: \n');
});

test('Ctrl-C while typing is an interruption', async (t) => {
	const {call, raw} = typing('hun\u0003');
	await t.throwsAsync(sudoPassword(call), {instanceOf: Interrupted});
	t.deepEqual(raw, [true, false]);
});

test("a file gives its first line, and must be its owner's alone", async (t) => {
	const {call, cwd} = called({sudoPasswordFile: 'secret'});
	writeFileSync(join(cwd, 'secret'), 'hunter2\nmore\n', {mode: 0o600});
	t.is(await sudoPassword(call), 'hunter2');
	chmodSync(join(cwd, 'secret'), 0o644);
	await t.throwsAsync(sudoPassword(call), {message: /secret can be read by others \(chmod 600/});
});

test('stdin gives the password, unless it already gives the config', async (t) => {
	t.is(await sudoPassword(called({sudoPasswordFile: '-'}, {stdin: 'hunter2\n'}).call), 'hunter2');
	await t.throwsAsync(sudoPassword(called({sudoPasswordFile: '-', config: '-'}).call), {message: /cannot both come from stdin/});
});

test('without a terminal nobody can be asked', async (t) => {
	await t.throwsAsync(sudoPassword(called({askSudoPassword: true}).call), {message: /needs a terminal/});
});

test('the passphrase of a key is asked in its own words, from the same places', async (t) => {
	const {call, err} = typing('open sesame\r', {askIdentityPassphrase: true});
	t.is(await passphrase(call), 'open sesame');
	t.is(err(), 'passphrase of the SSH key: \n');
	t.is(await passphrase(called({identityPassphraseFile: '-'}, {stdin: 'open sesame\n'}).call), 'open sesame');
	t.deepEqual((await secretWords(called({identityPassphraseFile: '-'}, {stdin: 'open sesame\n'}).call)).values, ['open sesame']);
	await t.throwsAsync(passphrase(called({identityPassphraseFile: '-', sudoPasswordFile: '-'}).call), {
		message: /the sudo password and the passphrase of the SSH key cannot both come from stdin/,
	});
});
