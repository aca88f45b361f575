import {execFileSync} from 'node:child_process';
import {chmodSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {delimiter, join} from 'node:path';
import {env} from 'node:process';
import test from 'ava';
import {openCredentials} from '../../../src/artifacts/registry/credentials.ts';
import {ConfigError} from '../../../src/errors.ts';
import {testFolder} from '../../folder.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

function file(content: unknown): string {
	const path = join(testFolder(), 'config.json');
	writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), {mode: 0o600});
	return path;
}

/** A credential helper on the PATH that writes down what it was called with. */
function helper(name: string, script: string): string {
	const folder = testFolder();
	const path = join(folder, `docker-credential-${name}`);
	writeFileSync(path, `#!/bin/sh\necho "$*" >'${folder}/argv'\ncat >'${folder}/stdin'\n${script}\n`);
	chmodSync(path, 0o755);
	env.PATH = `${folder}${delimiter}${env.PATH}`;
	return folder;
}

test('the entry of a host, by its name or as Docker once wrote it, and the longest one for a repository', async (t) => {
	const credentials = openCredentials(
		file({
			auths: {
				'https://index.docker.io/v1/': {auth: base64('hub:p:w')},
				'r.example:5000': {auth: base64('plain:one')},
				'r.example:5000/team': {username: 'team', password: 'two'},
				'token.example': {identitytoken: 'refresh'},
				'bearer.example': {registrytoken: 'shown'},
				'empty.example': {},
			},
		}),
	);
	t.deepEqual(await credentials('docker.io', 'library/busybox'), {user: 'hub', password: 'p:w'});
	t.deepEqual(await credentials('r.example:5000', 'a/b'), {user: 'plain', password: 'one'});
	t.deepEqual(await credentials('r.example:5000', 'team/b'), {user: 'team', password: 'two'});
	t.deepEqual(await credentials('r.example:5000', 'teammate/b'), {user: 'plain', password: 'one'});
	t.deepEqual(await credentials('token.example'), {token: 'refresh'});
	t.deepEqual(await credentials('bearer.example'), {bearer: 'shown'});
	t.is(await credentials('empty.example'), undefined);
	t.is(await credentials('r.example'), undefined);
	t.is(await credentials('example:5000'), undefined);
});

test.serial('a helper is asked with the host on stdin, once', async (t) => {
	const folder = helper(
		'kubestraptest',
		`echo x >>"$(dirname "$0")/calls"; echo '{"ServerURL":"x","Username":"u","Secret":"s3cret"}'`,
	);
	const credentials = openCredentials(file({credHelpers: {'r.example': 'kubestraptest'}}));
	t.deepEqual(await Promise.all([credentials('r.example'), credentials('r.example')]), [
		{user: 'u', password: 's3cret'},
		{user: 'u', password: 's3cret'},
	]);
	t.is(readFileSync(join(folder, 'argv'), 'utf8'), 'get\n');
	t.is(readFileSync(join(folder, 'stdin'), 'utf8'), 'r.example');
	t.is(readFileSync(join(folder, 'calls'), 'utf8'), 'x\n');
	t.is(await credentials('other.example'), undefined);
});

test.serial('a store that knows nothing is nothing; a token of a store is an identity token', async (t) => {
	helper('knowsnothing', `echo 'credentials not found in native keychain'; exit 1`);
	t.is(await openCredentials(file({credsStore: 'knowsnothing'}))('r.example'), undefined);
	helper('hastoken', `echo '{"Username":"<token>","Secret":"refresh"}'`);
	t.deepEqual(await openCredentials(file({credsStore: 'hastoken'}))('r.example'), {token: 'refresh'});
});

test.serial('a helper that fails, answers nonsense or is not there is said, never what it printed', async (t) => {
	const canary = 'c4nary-s3cret';
	helper('fails', `echo '${canary}'; exit 3`);
	helper('talks', `echo '{"Secret": "${canary}'`);
	for (const [name, said] of [
		['fails', /docker-credential-fails get ended with 3/],
		['talks', /answered something that is no credential/],
		['absent-one', /docker-credential-absent-one cannot be run \(ENOENT\)/],
		['../evil', /names a credential helper that is no plain word/],
		['a b', /no plain word/],
	] as const) {
		const error = await t.throwsAsync(openCredentials(file({credsStore: name}))('r.example'), {instanceOf: ConfigError});
		t.regex(error!.message, said);
		t.false(JSON.stringify([error!.message, error!.hint, error!.problems]).includes(canary));
	}
});

test.serial('a helper that never answers ends, with all that it started', async (t) => {
	const folder = helper('waits', 'sleep 600 >"$(dirname "$0")/alive"');
	const alive = join(folder, 'alive');
	execFileSync('mkfifo', [alive]);
	const asked = openCredentials(file({credsStore: 'waits'}), {answerMs: 300, restMs: 100})('r.example');
	// Whoever reads this hears of the end of the last one who could write to it.
	const ended = readFile(alive);
	const error = await t.throwsAsync(asked, {instanceOf: ConfigError});
	t.regex(error!.message, /docker-credential-waits did not answer in 0\.3 s for r\.example/);
	t.regex(error!.hint ?? '', /echo r\.example \| docker-credential-waits get/);
	t.is((await ended).length, 0);
});

test.serial('a helper that leaves something running has answered all the same', async (t) => {
	const folder = helper('leaves', `sleep 600 & echo $! >"$(dirname "$0")/child"; echo '{"Username":"u","Secret":"s"}'`);
	t.teardown(() => process.kill(Number(readFileSync(join(folder, 'child'), 'utf8'))));
	const credentials = openCredentials(file({credsStore: 'leaves'}), {answerMs: 30_000, restMs: 100});
	t.deepEqual(await credentials('r.example'), {user: 'u', password: 's'});
});

test('a file that was named must be there and be one; no message quotes it', async (t) => {
	t.throws(() => openCredentials('/nowhere/config.json'), {instanceOf: ConfigError, message: /cannot be read \(ENOENT\)/});
	const error = t.throws(() => openCredentials(file('{"auths": {"r": "c4nary')), {instanceOf: ConfigError});
	t.false(error.message.includes('c4nary'));
	const bad = await t.throwsAsync(openCredentials(file({auths: {'r.example': {auth: base64('c4nary')}}}))('r.example'));
	t.regex(bad!.message, /auth is not the base64/);
	t.false(bad!.message.includes('c4nary'));
});

test.serial("without a file, Docker's own is read where it is, and nothing where it is not", async (t) => {
	const folder = testFolder();
	const before = env.DOCKER_CONFIG;
	env.DOCKER_CONFIG = folder;
	t.teardown(() => {
		if (before === undefined) delete env.DOCKER_CONFIG;
		else env.DOCKER_CONFIG = before;
	});
	t.is(await openCredentials(undefined)('r.example'), undefined);
	mkdirSync(folder, {recursive: true});
	writeFileSync(join(folder, 'config.json'), JSON.stringify({auths: {'r.example': {auth: base64('u:p')}}}));
	t.deepEqual(await openCredentials(undefined)('r.example'), {user: 'u', password: 'p'});
});
