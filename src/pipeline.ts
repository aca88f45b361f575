/**
 * The corridor that every command walks, whole or in part:
 * connect → settle → survey → checks → identity → plan → (observe) → execute.
 */
import {randomUUID} from 'node:crypto';
import {openArtifact} from './artifacts/cache.ts';
import {applyIgnores, check} from './checks/check.ts';
import {keyOf} from './cluster/selectors.ts';
import {ConfigError, PreflightError} from './errors.ts';
import {connect} from './host/connect.ts';
import {identify} from './identity/identify.ts';
import {openSecrets} from './identity/secrets.ts';
import type {Cluster, Facts, Finding, Host, Hosts, Identity, Lock, Plan, Recipe, Secrets, Site, Summary, Tell} from './model.ts';
import {plan} from './plan.ts';
import {execute} from './run/execute.ts';
import {takeLease} from './run/lease.ts';
import {observe} from './run/observe.ts';
import {settle} from './run/settle.ts';
import {survey} from './survey/survey.ts';
import {sitesOf} from './survey/sites.ts';

export type Options = {
	readonly tell: Tell;
	/** The run's id, which events, the log file and the node's lock carry. */
	readonly run: string;
	readonly signal?: AbortSignal;
	readonly sudoPassword?: () => Promise<string>;
	readonly acceptNewHostKeys?: boolean;
	readonly ignorePreflightErrors?: readonly string[];
	readonly concurrency?: number;
};

/** What a look at the machines brought: hosts by the names of their sites, and what is known of them. */
export type Seen = {
	readonly hosts: Hosts;
	readonly sites: readonly Site[];
	readonly facts: ReadonlyMap<string, Facts>;
};

/** Connects, settles what an earlier run left, and surveys. The caller closes the hosts (`closing`). */
export async function look(cluster: Cluster, options: Options): Promise<Seen> {
	const reached = await connect(cluster, options);
	try {
		await settle(reached, options);
		const facts = await survey(cluster, reached, options);
		const sites = sitesOf(cluster, facts);
		const hosts = new Map<string, Host>(sites.map((site) => [site.name, reached.get(keyOf(site.spec)) as Host]));
		return {hosts, sites, facts};
	} catch (error) {
		await closeAll(reached);
		throw error;
	}
}

export async function closeAll(hosts: Hosts): Promise<void> {
	await Promise.allSettled([...hosts.values()].map((host) => host.close()));
}
