/** `kubestrap token list`: kubeadm's columns, and kubeadm's objects. Secret halves are stars unless they are asked for. */
import {listTokens} from '../access/tokens.ts';
import type {Token} from '../contract/bootstrap-tokens.ts';
import {exitCodes} from '../errors.ts';
import {toYaml} from '../yaml.ts';
import type {Call} from './call.ts';
import type {Connect} from './first-control-plane.ts';
import {inCluster} from './in-cluster.ts';
import {openCluster} from './open-cluster.ts';

export async function tokenList(call: Call, {connect}: {connect: Connect}): Promise<number> {
	const {flags, around} = call;
	const cluster = await openCluster(call);
	const {now, tokens, problems} = await inCluster(call, cluster, connect, listTokens);
	for (const problem of problems) around.stderr.write(`${problem}\n`);
	const shown = tokens.map((token) => (flags.token.showSecrets ? token : {...token, secret: '*'.repeat(16)}));
	if (flags.output === 'text') around.stdout.write(tokenTable(shown, now));
	else {
		const write = flags.output === 'json' ? (one: object) => `${JSON.stringify(one)}\n` : (one: object) => `---\n${toYaml(one)}`;
		around.stdout.write(shown.map((token) => write(outputObject(token))).join(''));
	}
	return exitCodes.done;
}

/** The table of `kubeadm token list`: nothing when there are no tokens. */
export function tokenTable(tokens: readonly Token[], now: Date): string {
	if (tokens.length === 0) return '';
	const none = (text: string | undefined) => text || '<none>';
	const rows = [
		['TOKEN', 'TTL', 'EXPIRES', 'USAGES', 'DESCRIPTION', 'EXTRA GROUPS'],
		...tokens.map(({id, secret, expires, usages, description, groups}) => [
			`${id}.${secret}`,
			expires === undefined ? '<forever>' : timeLeft(Date.parse(expires) - now.getTime()),
			expires ?? '<never>',
			none(usages.join(',')),
			none(description),
			none(groups.join(',')),
		]),
	];
	const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
	const line = (row: readonly string[]) =>
		row
			.map((cell, column) => cell.padEnd(widths[column]!))
			.join('   ')
			.trimEnd();
	return rows.map((row) => `${line(row)}\n`).join('');
}

/** What kubectl and kubeadm say of a time span (ShortHumanDuration). */
function timeLeft(ms: number): string {
	const seconds = Math.trunc(ms / 1000);
	if (seconds < -1) return '<invalid>';
	if (seconds < 60) return `${Math.max(seconds, 0)}s`;
	if (seconds < 3600) return `${Math.trunc(seconds / 60)}m`;
	const hours = Math.trunc(seconds / 3600);
	if (hours < 24) return `${hours}h`;
	return hours < 24 * 365 ? `${Math.trunc(hours / 24)}d` : `${Math.trunc(hours / 24 / 365)}y`;
}

/** kubeadm's output object (contract 1.14). */
function outputObject({id, secret, description, expires, usages, groups}: Token): object {
	return {
		apiVersion: 'output.kubeadm.k8s.io/v1alpha3',
		kind: 'BootstrapToken',
		token: `${id}.${secret}`,
		...(description === undefined ? {} : {description}),
		...(expires === undefined ? {} : {expires}),
		...(usages.length === 0 ? {} : {usages}),
		...(groups.length === 0 ? {} : {groups}),
	};
}
