/** Data of etcd with which a member could not begin. */
import {type MemberState, memberStateOf} from '../contract/etcd-state.ts';
import type {Phase, Scope, Step} from '../model.ts';

const without: Partial<Record<MemberState, string>> = {
	// A member whose log is gone cannot go on with what else lies there.
	replace: '[ ! -e "$1/member" ] || ls "$1"/member/wal/*.wal >/dev/null 2>&1',
	// Data of a member that was taken out makes etcd come back as that one, which its peers refuse for ever.
	add: '[ ! -e "$1/member" ]',
};

/** Sets it aside. Nothing is deleted. */
export function setAside(
	{cluster, site, living}: Pick<Scope, 'cluster' | 'site' | 'living'>,
	states: readonly MemberState[],
): Step[] {
	const {etcd} = cluster.configuration;
	const state = memberStateOf(site, living);
	const unless = state && states.includes(state) ? without[state] : undefined;
	if ('external' in etcd || unless === undefined) return [];
	const sh = 'mv "$1/member" "$1/member.lost-$(date +%s)"';
	const args = [etcd.local.dataDir];
	return [{kind: 'run', title: 'set the rest of the lost data aside', command: {sh, args}, unless: {sh: unless, args}}];
}

/**
 * Before etcd takes the machine as a learner: once it has, nobody can tell data of the new member from that of the old one, and whoever died in
 * between would leave a learner that never starts.
 */
export const etcdAside: Phase = {
	name: 'etcd-aside',
	title: 'Set data of a former member of etcd aside',
	on: 'control-plane',
	steps: (scope): Step[] => setAside(scope, ['add', 'replace']),
};
