/** Verbs that only say what would be done: `plan`, and `--dry-run` of those that act. Nothing is written on any machine. */

import {keyOf} from '../cluster/selectors.ts';
import {ConnectError, exitCodes} from '../errors.ts';
import {fatesOf} from '../foresight/fates.ts';
import type {Cluster, Finding, News} from '../model.ts';
import type {Foreseen} from '../pipeline/foresee.ts';
import type {Walk} from '../pipeline.ts';
import {paint} from '../report/paint.ts';
import {toYaml} from '../yaml.ts';
import {type Act, act} from './act.ts';
import type {Call} from './call.ts';
import {planHeadline, planText} from './plan-text.ts';

export type Foretelling = {
	readonly verb: string;
	readonly open: (act: Act) => Promise<Cluster>;
	/** The walk of the verb that acts; told to foretell, it does not. */
	readonly walk: (cluster: Cluster, walk: Walk, act: Act) => Promise<unknown>;
	/** The exit code when something would be done. */
	readonly waits: number;
	/** What is done with a plan that nothing is in the way of; gives hints for the last lines. */
	readonly keep?: (foreseen: Foreseen) => readonly string[];
};

/** Walks as far as to what differs, and prints it. 3 when a check says that it must not be done. */
export function foretold({verb, open, walk: go, waits, keep}: Foretelling, call: Call): Promise<number> {
	const {flags, around} = call;
	return act(verb, call, {document: true}, async (acting) => {
		const {report, walk} = acting;
		const began = performance.now();
		const cluster = await open(acting);
		report.tell({
			type: 'run',
			detail: {verb, version: around.version, cluster: cluster.name, nodes: cluster.nodes.length},
		});
		const findings: Finding[] = [];
		const notes: string[] = [];
		const tell = (news: News) => {
			if (news.type === 'note') notes.push(typeof news.detail === 'string' ? news.detail : JSON.stringify(news.detail));
			if (news.type === 'check' && news.node !== undefined)
				findings.push({node: news.node, ...(news.detail as Omit<Finding, 'node'>)});
			report.tell(news);
		};
		let seen: Foreseen | undefined;
		const foretell = async (foreseen: Foreseen) => {
			seen = foreseen;
		};
		await go(cluster, {...walk, tell, foretell}, acting).catch((error) => {
			throw silent(error, cluster);
		});
		const {differences = [], changed = 0, unchanged = 0} = seen ?? {};
		const errors = findings.filter(({level}) => level === 'error');
		const recipe = seen?.recipe ?? verb;
		const machines = fatesOf(recipe, seen?.sites ?? []);
		const document = {cluster: cluster.name, recipe, machines, notes, findings, differences, changed, unchanged};
		const color = paint(flags.colors && around.stdout.isTTY === true);
		if (flags.output === 'text') await report.print(planText(differences, machines, color));
		else await report.print(flags.output === 'json' ? `${JSON.stringify(document)}\n` : toYaml(document));
		const next = errors.length === 0 && seen !== undefined ? (keep?.(seen) ?? []) : inTheWay(errors);
		const exit = errors.length > 0 ? exitCodes.preflight : changed > 0 ? waits : exitCodes.done;
		const ms = Math.round(performance.now() - began);
		const counts = {changed: 0, unchanged: 0, failed: 0, failures: [], spent: []};
		report.end({ok: errors.length === 0, exit, ms, ...counts}, {headline: planHeadline(differences, {changed, unchanged}), next});
		return exit;
	});
}

/** Half a plan would be read as a whole one: a machine that cannot be asked is named, and there is none. */
function silent(error: unknown, {nodes}: Cluster): unknown {
	if (!(error instanceof ConnectError)) return error;
	const about = nodes.find((spec) => keyOf(spec) === error.node);
	if (about === undefined) return error;
	const gone = `; one that is gone for good: kubestrap node remove ${error.node}, then take it out of the config`;
	const message = `${error.message.replace(`${error.node}: `, '')}\nwhat would be done cannot be said while a machine of the config cannot be asked`;
	return new ConnectError(error.node, message, {hint: `${error.hint}${gone}`, cause: error});
}

const inTheWay = (errors: readonly Finding[]) =>
	errors.length === 0
		? []
		: [
				`${errors.length} preflight errors are in the way: mend them, or leave them out by name: --ignore-preflight-errors ${[...new Set(errors.map(({id}) => id))].join(',')}`,
			];
