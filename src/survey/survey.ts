import {probes as checkProbes} from '../checks/table.ts';
import {keyOf} from '../cluster/selectors.ts';
import {ConnectError, Interrupted} from '../errors.ts';
import type {Cluster, Facts, Host, Hosts, NodeSpec} from '../model.ts';
import {surveyArguments} from './arguments.ts';
import {ask} from './ask.ts';
import {readFacts} from './facts.ts';
import {machineProbes} from './machine-probes.ts';
import {surveyScript} from './script.ts';

const probes = [...machineProbes, ...checkProbes];
const script = surveyScript(probes);
const deadline = 60_000;
/** A healthy answer has some 100 kB; what is beyond this was not written by our script. */
const limit = 64 * 1024 * 1024;

/** `deep`: also take the looks that judge checks after their phase (src/checks/row.ts). */
export type SurveyOptions = {readonly signal?: AbortSignal; readonly deep?: boolean};

/**
 * Asks every machine what it is, all at once, one round trip each, changing nothing. Keys are those of `hosts`.
 * Throws one ConnectError that tells of every machine that could not be asked or understood; a cut answer is never taken for an empty machine.
 */
export async function survey(cluster: Cluster, hosts: Hosts, options: SurveyOptions = {}): Promise<Map<string, Facts>> {
	const asked = cluster.nodes.map((spec) => ({spec, key: keyOf(spec), host: hosts.get(keyOf(spec))}));
	const answers = await Promise.allSettled(
		asked.map(({spec, key, host}) => {
			if (host === undefined) throw new Error(`no connection to ${key}`);
			return surveyNode(cluster, spec, host, options);
		}),
	);
	const failures = answers.flatMap((answer, index) =>
		answer.status === 'rejected' ? [{key: asked[index]!.key, reason: answer.reason}] : [],
	);
	if (failures.length > 0) {
		if (options.signal?.aborted) throw new Interrupted();
		throw together(failures);
	}
	return new Map(answers.map((answer, index) => [asked[index]!.key, (answer as PromiseFulfilledResult<Facts>).value]));
}

/** Surveys one machine. Throws TransportError when its answer is cut, ConnectError when it says something that makes no sense. */
export async function surveyNode(
	cluster: Cluster,
	spec: NodeSpec,
	host: Host,
	{signal, deep = false}: SurveyOptions = {},
): Promise<Facts> {
	const asked = probes.filter((probe) => deep || !probe.deep).map(({name}) => name);
	return ask(host, {
		script,
		args: surveyArguments(cluster, spec, {deep}),
		what: 'survey',
		deadline,
		limit,
		signal,
		read: (frames, when) => readFacts(frames, when, asked),
	});
}

function together(failures: readonly {key: string; reason: unknown}[]): ConnectError {
	const [only] = failures;
	if (failures.length === 1 && only?.reason instanceof ConnectError) return only.reason;
	const told = failures.map(({key, reason}) => (reason instanceof ConnectError ? reason.message : `${key}: ${String(reason)}`));
	const hints = failures.flatMap(({reason}) => (reason instanceof ConnectError && reason.hint !== '' ? [reason.hint] : []));
	return new ConnectError(failures.map(({key}) => key).join(', '), `could not be surveyed\n${told.join('\n')}`, {
		hint: [...new Set(hints)].join('; '),
		cause: new AggregateError(failures.map(({reason}) => reason)),
	});
}
