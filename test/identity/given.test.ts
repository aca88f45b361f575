import test from 'ava';
import {IdentityError} from '../../src/errors.ts';
import {identify} from '../../src/identity/identify.ts';
import {readGiven} from '../../src/identity/secrets/given.ts';
import {openSecrets} from '../../src/identity/secrets.ts';
import {bootstrapToken} from '../../src/phases/bootstrap-token.ts';
import {swap} from '../../src/phases/swap.ts';
import {plan} from '../../src/plan.ts';
import {clusterOf, fresh, sitesOf} from './world.ts';

const token = {from: {env: 'EYES'}, ttl: '24h0m0s', usages: ['signing', 'authentication'], groups: ['system:bootstrappers:x']};
const cluster = clusterOf({}, {bootstrapTokens: [token]});
const sites = sitesOf(cluster, {}, {cp1: {addresses: []}});
const identity = identify(cluster, sites, fresh);
const lock = {binaries: {}, images: {}, madeBy: '', madeAt: ''};

const ask = (phases: Parameters<typeof plan>[0]['phases'], environment: Record<string, string> = {}) =>
	readGiven(
		cluster,
		plan({name: 'init', phases}, {cluster, sites, identity, lock}),
		openSecrets(identity, cluster, sites, new Map(), {environment}),
	);

test('a token that the operator forgot to give is missed before anything begins', async (t) => {
	const missed = await t.throwsAsync(ask([bootstrapToken]), {instanceOf: IdentityError});
	t.regex(missed!.message, /EYES is not set/);
});

test('a token that is there is good, and one that no phase needs is not asked for', async (t) => {
	await t.notThrowsAsync(ask([bootstrapToken], {EYES: 'abcdef.0123456789abcdef'}));
	await t.notThrowsAsync(ask([{...swap, steps: () => []}]));
});
