/** `kubestrap preflight`: looks at the machines and changes nothing. */
import {checkTable} from '../checks/check.ts';
import {ConfigError, exitCodes} from '../errors.ts';
import type {Cluster, Finding, Lock, Site} from '../model.ts';
import type * as pipeline from '../pipeline.ts';
import {matrixText} from '../report/matrix.ts';
import {paint} from '../report/paint.ts';
import {toYaml} from '../yaml.ts';
import {act} from './act.ts';
import type {Call} from './call.ts';
import {census, sameCluster} from './closing.ts';
import {openCluster, openLock} from './open-cluster.ts';

export function preflight(call: Call, {preflight: look}: Pick<typeof pipeline, 'preflight'>): Promise<number> {
	const {flags, around} = call;
	return act('preflight', call, {document: true, findingsInside: true}, async ({report, walk}) => {
		const began = performance.now();
		const cluster = await openCluster(call);
		report.tell({type: 'run', detail: {verb: 'preflight', version: around.version, cluster: cluster.name}});
		const lock = lockIfAny(cluster, call);
		const {findings, sites} = await look(cluster, {...walk, ...(lock && {lock})});
		const count = (level: string) => findings.filter((finding) => finding.level === level).length;
		const [errors, warnings] = [count('error'), count('warning')];
		const ok = errors === 0;
		const checks = [...new Set(checkTable().map(({name, when}) => (when.startsWith('after') ? '' : name)))].filter(Boolean);
		if (flags.output === 'text') {
			const nodes = sites.map(({name}) => name);
			const colors = flags.colors && around.stdout.isTTY === true;
			await report.print(matrixText({findings, nodes, checks}, paint(colors), {all: flags.verbose}));
		} else {
			const document = documentOf(cluster, {findings, sites, checks});
			await report.print(flags.output === 'json' ? `${JSON.stringify(document)}\n` : toYaml(document));
		}
		const tally = `${errors} errors, ${warnings} warnings on ${census(cluster)}`;
		const names = [...new Set(findings.filter(({level}) => level === 'error').map(({id}) => id))];
		const next = ok
			? `kubestrap init ${sameCluster(flags)}`
			: `mend them, or leave some out by name: --ignore-preflight-errors ${names.join(',')}`;
		const exit = ok ? exitCodes.done : exitCodes.preflight;
		const ms = Math.round(performance.now() - began);
		report.end({ok, exit, changed: 0, unchanged: 0, failed: 0, ms, failures: [], spent: []}, {headline: tally, next: [next]});
		return exit;
	});
}

type Seen = {readonly findings: readonly Finding[]; readonly sites: readonly Site[]; readonly checks: readonly string[]};

/** For programs: one document, findings in the order of nodes and of checks. */
function documentOf(cluster: Cluster, {findings, sites, checks}: Seen) {
	return {
		cluster: cluster.name,
		ok: findings.every(({level}) => level !== 'error'),
		nodes: sites.map(({name, role, address}) => ({
			name,
			role,
			address,
			errors: findings.filter(({node, level}) => node === name && level === 'error').length,
			warnings: findings.filter(({node, level}) => node === name && level === 'warning').length,
		})),
		checks,
		findings: findings.map(({node, id, level, evidence, remedy}) => ({node, id, level, evidence, remedy})),
	};
}

/** Sizes come from it; with a bundle, which has its own, there need be none. */
function lockIfAny(cluster: Cluster, call: Call): Lock | undefined {
	try {
		return openLock(cluster, call);
	} catch (error) {
		if (error instanceof ConfigError) return undefined;
		throw error;
	}
}
