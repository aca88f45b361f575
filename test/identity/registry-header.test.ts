import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {IdentityError} from '../../src/errors.ts';
import {identify} from '../../src/identity/identify.ts';
import {readGiven} from '../../src/identity/secrets/given.ts';
import {registryHeaders} from '../../src/identity/secrets/registry-header.ts';
import {openSecrets} from '../../src/identity/secrets.ts';
import {registries} from '../../src/phases/registries.ts';
import {plan} from '../../src/plan.ts';
import {scopesOf} from '../phases/cluster.ts';

const canary = 'canary-d41d8cd98f';
const file = (value: object): string => {
	const path = join(mkdtempSync(join(tmpdir(), 'kubestrap-auth-')), 'auth.json');
	writeFileSync(path, JSON.stringify(value));
	return path;
};
const auth = (user: string, password: string) => ({auth: Buffer.from(`${user}:${password}`).toString('base64')});

test('a line of hosts.toml for a registry that somebody is known at, none for others', async (t) => {
	const hidden: string[] = [];
	const path = file({auths: {'r.example:5000': auth('robot', canary), 'b.example': {registrytoken: `${canary}-b`}}});
	const header = registryHeaders(path, (value) => {
		hidden.push(value);
		return value;
	});
	const basic = Buffer.from(`robot:${canary}`).toString('base64');
	t.is(await header('r.example:5000'), `header = {Authorization = "Basic ${basic}"}`);
	t.is(await header('b.example'), `header = {Authorization = "Bearer ${canary}-b"}`);
	t.is(await header('c.example'), '');
	t.deepEqual(hidden, [canary, basic, `${canary}-b`]);
});

test('what cannot be used is said without a word of it', async (t) => {
	const error = await t.throwsAsync(registryHeaders(file({auths: {'r.example': {identitytoken: canary}}}), String)('r.example'), {
		instanceOf: IdentityError,
		message: /identity token only/,
	});
	t.false(JSON.stringify([error?.message, error?.stack]).includes(canary));
	await t.throwsAsync(registryHeaders('/nowhere/auth.json', String)('r.example'), {
		instanceOf: IdentityError,
		message: /nowhere/,
	});
});

test('credentials are in no plan; a file that is not there stops a run before it begins', async (t) => {
	const path = file({auths: {'m.example': auth('robot', canary)}});
	const scopeWith = (given: string) =>
		scopesOf([{name: 'cp1'}], {spec: `  mirror: {images: {ghcr.io: ["https://m.example/x"]}, auth: ${given}}\n`}).cp1!;
	const {cluster, sites, identity, lock} = scopeWith(path);
	const planned = plan({name: 'x', phases: [registries]}, {cluster, sites, identity, lock});
	const said = JSON.stringify(planned);
	t.true(said.includes('registry-header@m.example'));
	t.false(said.includes(canary) || said.includes(auth('robot', canary).auth));
	const secrets = openSecrets(identify(cluster, sites, {clusterId: 'x', now: new Date()}), cluster, sites, new Map());
	await readGiven(cluster, planned, secrets);
	t.true(secrets.values().includes(canary), 'reports hide it');
	const lost = scopeWith('/nowhere/auth.json');
	const without = openSecrets(identify(lost.cluster, sites, {clusterId: 'x', now: new Date()}), lost.cluster, sites, new Map());
	await t.throwsAsync(readGiven(lost.cluster, planned, without), {instanceOf: IdentityError});
});
