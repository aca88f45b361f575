import type {EtcdMember} from '../model.ts';

/** A change of etcd's members. `add` is always as a learner; ids are hexadecimal. */
export type MemberChange =
	| {readonly add: {readonly name: string; readonly peerUrl: string}}
	| {readonly promote: string}
	| {readonly remove: string};
export type Refusal = {readonly reason: string; readonly remedy: string};

/** How many of so many voters must live. */
const majority = (voters: number): number => Math.floor(voters / 2) + 1;

/**
 * THE guard of etcd: every verb asks it before a change of members. Nothing: it may be done. A refusal is the same on every rerun, as long as
 * the members are. `members` undefined: etcd could not be asked, so nothing may be changed.
 * Rules: a majority of the voters is healthy now, and is after; one change of voters at a time; never the last voter.
 * etcd itself is less strict: it counts who is started, not who is healthy (etcdserver, --strict-reconfig-check).
 */
export function guard(members: readonly EtcdMember[] | undefined, change: MemberChange): Refusal | undefined {
	if (members === undefined) {
		return {
			reason: 'etcd could not be asked for its members',
			remedy: 'look at the etcd of the control planes (crictl ps, crictl logs), then run the same command again',
		};
	}
	const voters = members.filter(({learner}) => !learner);
	return quorum(voters) ?? judge(members, voters, change);
}

function judge(members: readonly EtcdMember[], voters: readonly EtcdMember[], change: MemberChange): Refusal | undefined {
	if ('add' in change) return addition(members, change.add);
	const id = 'promote' in change ? change.promote : change.remove;
	const member = members.find((one) => one.id === id);
	if (member === undefined) {
		return {
			reason: `etcd has no member ${id}: it has ${named(members)}`,
			remedy: 'run the same command again: what it saw is over',
		};
	}
	return 'promote' in change ? promotion(member, voters) : removal(member, voters);
}

function quorum(voters: readonly EtcdMember[]): Refusal | undefined {
	const ill = voters.filter(({healthy}) => !healthy);
	const alive = voters.length - ill.length;
	if (alive >= majority(voters.length)) return undefined;
	return {
		reason: `etcd has no quorum: ${alive} of ${voters.length} voting members ${alive === 1 ? 'is' : 'are'} healthy, ${majority(voters.length)} are needed (not healthy: ${named(ill)})`,
		remedy: `start etcd on ${named(ill)} again; when that data is lost this is a disaster recovery: restore a snapshot of etcd, members cannot be changed`,
	};
}

function addition(members: readonly EtcdMember[], {name, peerUrl}: {name: string; peerUrl: string}): Refusal | undefined {
	const same = members.filter((one) => one.peerUrls.includes(peerUrl) || one.name === name);
	if (same.length > 0) {
		return {
			reason: `${name} at ${peerUrl} is a member of etcd already: ${same.map(shown).sort().join(', ')}`,
			remedy: 'take that member out first if its data is gone',
		};
	}
	const learners = members.filter(({learner}) => learner);
	if (learners.length > 0) {
		return {
			reason: `${named(learners)} is a learner of etcd still, and etcd takes one at a time`,
			remedy: `let it become a voter (the same command again, with its machine), or take it out: kubestrap node remove ${named(learners)}`,
		};
	}
	const unborn = members.filter(({clientUrls}) => clientUrls.length === 0);
	return unborn.length === 0
		? undefined
		: {
				reason: `${named(unborn)} was added to etcd as a voting member and has never started`,
				remedy: `start etcd on ${named(unborn)}, or take it out, before ${name} is added`,
			};
}

function promotion(member: EtcdMember, voters: readonly EtcdMember[]): Refusal | undefined {
	const who = label(member);
	if (!member.learner) return {reason: `${who} is a voting member of etcd already`, remedy: 'there is nothing to do'};
	if (member.clientUrls.length === 0 || !member.healthy) {
		const state = member.clientUrls.length === 0 ? 'has never started' : 'is not healthy';
		return {
			reason: `the learner ${who} ${state}: as a voting member it would count against the quorum`,
			remedy: `start etcd on ${who}, or take the learner out`,
		};
	}
	return left([...voters, member], `with ${who} as a voting member`);
}

function removal(member: EtcdMember, voters: readonly EtcdMember[]): Refusal | undefined {
	if (member.learner) return undefined;
	const who = label(member);
	if (voters.length === 1) {
		return {
			reason: `${who} is the last voting member of etcd`,
			remedy: 'reset takes the whole cluster down; nothing else removes its last member',
		};
	}
	return left(
		voters.filter((one) => one !== member),
		`without ${who}`,
	);
}

/** Is there a quorum among those who vote after the change? */
function left(voters: readonly EtcdMember[], when: string): Refusal | undefined {
	const ill = voters.filter(({healthy}) => !healthy);
	const alive = voters.length - ill.length;
	if (alive >= majority(voters.length)) return undefined;
	return {
		reason: `${when} etcd would have no quorum: ${alive} of ${voters.length} voting members would be healthy, ${majority(voters.length)} are needed (not healthy: ${named(ill)})`,
		remedy: `mend etcd on ${named(ill)}, or take ${ill.length === 1 ? 'it' : 'one of them'} out first`,
	};
}

/** What a member is called; one that has never started has no name yet. */
const label = ({name, peerUrls, id}: EtcdMember) => name || peerUrls[0] || id;
const named = (members: readonly EtcdMember[]) => members.map(label).sort().join(', ');
const shown = (member: EtcdMember) => `${label(member)} (${member.id}, ${member.learner ? 'learner' : 'voting'})`;
