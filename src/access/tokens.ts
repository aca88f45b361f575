/** Bootstrap tokens of a living cluster: made, listed, deleted. A token's value travels on standard input only. */
import {splitHostPort} from '../cluster/network.ts';
import {readToken, type Secret, type Token, tokenSecret} from '../contract/bootstrap-tokens.ts';
import {type Door, doorOf} from '../contract/join-command.ts';
import {IdentityError, StepError} from '../errors.ts';
import {cleaned} from '../run/redact.ts';
import type {Api} from './kubectl.ts';

/** The control plane's clock, which is the one that ends tokens; and the way that cluster-info shows to joining machines, if it does. */
export async function lookAtDoor({ask}: Api): Promise<{readonly now: Date; readonly door: Door | undefined}> {
	const answer = await ask('date +%s && kube -n kube-public get configmap cluster-info --ignore-not-found -o json');
	const end = answer.indexOf('\n');
	const info = answer.slice(end + 1).trim();
	const {data = {}} = info === '' ? {} : (JSON.parse(info) as {data?: {kubeconfig?: string}});
	return {now: new Date(Number(answer.slice(0, end)) * 1000), door: doorOf(data.kubeconfig ?? '')};
}

/**
 * The line of /etc/hosts that a machine needs before it can join: `ADDRESS NAME` of the control plane that was asked. Undefined where the
 * endpoint is not a name that leads every node to itself (`loadBalancer: node-proxy`), which only nodes know.
 */
export async function hostsLine({ask}: Api, {endpoint}: Door): Promise<string | undefined> {
	const {host = ''} = splitHostPort(endpoint) ?? {};
	const [own = '', found = ''] = (await ask('echo "$at"; getent hosts "$1" || :', [host])).split('\n');
	const address = splitHostPort(own)?.host;
	return address !== undefined && /^(127\.|::1\s)/.test(found) ? `${address} ${host}` : undefined;
}

/** RFC 3339 in whole seconds, as kubeadm writes it; undefined for a time to live of zero, which is for ever. */
export function expiryAfter(now: Date, seconds: number): string | undefined {
	return seconds === 0 ? undefined : `${new Date(now.getTime() + seconds * 1000).toISOString().slice(0, 19)}Z`;
}

/** Puts a token into the cluster; its uid. Throws IdentityError when the id is taken, StepError. */
export async function createToken({ask, node}: Api, token: Token): Promise<string> {
	try {
		return await ask("kube create -f - -o 'go-template={{.metadata.uid}}'", [], JSON.stringify(tokenSecret(token)));
	} catch (error) {
		if (!(error instanceof StepError)) throw error;
		if (/already ?exists/i.test(error.message)) {
			const hint = `kubestrap token delete ${token.id}, or let one be made`;
			throw new IdentityError(`a token with the id ${token.id} is in the cluster already`, {hint});
		}
		throw new StepError(cleaned(error.message, [token.secret]), {hint: error.hint || `look at ${node}`});
	}
}

/** All tokens by id, and what is wrong with Secrets that should hold one. */
export async function listTokens({ask}: Api): Promise<{now: Date; tokens: readonly Token[]; problems: readonly string[]}> {
	const script = 'date +%s && kube -n kube-system get secrets --field-selector type=bootstrap.kubernetes.io/token -o json';
	const answer = await ask(script);
	const end = answer.indexOf('\n');
	const {items} = JSON.parse(answer.slice(end + 1)) as {items: readonly Secret[]};
	const read = items.map(readToken);
	return {
		now: new Date(Number(answer.slice(0, end)) * 1000),
		tokens: read.filter((token) => typeof token !== 'string'),
		problems: read.filter((token) => typeof token === 'string'),
	};
}

/** Deletes tokens by id; which of them were there. */
export async function deleteTokens({ask}: Api, ids: readonly string[]): Promise<readonly string[]> {
	const script = `for id; do set -- "$@" "bootstrap-token-$id"; shift; done
kube -n kube-system delete secret --ignore-not-found -o name "$@"`;
	const gone = await ask(script, ids);
	return [...gone.matchAll(/^secret\/bootstrap-token-([a-z0-9]{6})$/gm)].map(([, id]) => id!);
}
