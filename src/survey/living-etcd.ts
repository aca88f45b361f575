import type {EtcdMember} from '../model.ts';
import {count, fields, hexadecimal, line, lines, list, readJson} from './fields.ts';

/**
 * The members of etcd from `etcdctl member list -w json`, with what each one answered to `endpoint status --cluster -w json`.
 * A member without an answer is listed, and not healthy. Sorted by name, then id: the same every time.
 */
export function readMembers(listed: string, statuses: string): EtcdMember[] {
	const answers = new Map(readStatuses(statuses).map((status) => [status.id, status] as const));
	return list(fields(readJson(listed, 'the list of members'), 'the list of members').get('members'), 'members')
		.map((item): EtcdMember => {
			const member = fields(item, 'a member');
			const id = hexadecimal(member.get('ID'), 'the id of a member');
			const {leads = false, healthy = false, told = {}} = answers.get(id) ?? {};
			return {
				id,
				name: line(member.get('name'), `the name of member ${id}`),
				peerUrls: lines(member.get('peerURLs'), `peerURLs of member ${id}`),
				clientUrls: lines(member.get('clientURLs'), `clientURLs of member ${id}`),
				learner: member.get('isLearner') === true,
				healthy,
				leader: leads,
				...told,
			};
		})
		.sort((one, other) => compare(one.name, other.name) || compare(one.id, other.id));
}

type Status = {
	readonly id: string;
	readonly leads: boolean;
	readonly healthy: boolean;
	readonly told: Pick<EtcdMember, 'version' | 'raftIndex' | 'dbSize'>;
};

function readStatuses(text: string): Status[] {
	// etcdctl prints `null` when nobody answered.
	return list(readJson(text, 'the status of the members'), 'the status of the members').map((answer) => {
		const status = fields(fields(answer, 'a status').get('Status'), 'a status');
		const id = hexadecimal(fields(status.get('header'), 'header of a status').get('member_id'), 'member_id');
		const leader = hexadecimal(status.get('leader') ?? 0, 'leader');
		const [raftIndex, dbSize] = [count(status.get('raftIndex')), count(status.get('dbSize'))];
		const version = line(status.get('version'), 'version of a member');
		return {
			id,
			leads: leader === id,
			healthy: leader !== '0' && !lines(status.get('errors'), 'errors of a member').some((error) => concerns(error, id)),
			told: {
				...(version === '' ? {} : {version}),
				...(raftIndex === undefined ? {} : {raftIndex}),
				...(dbSize === undefined ? {} : {dbSize}),
			},
		};
	});
}

/** Every member tells the alarms of all (`memberID:123 alarm:NOSPACE`); only the one that it names has it. */
function concerns(error: string, id: string): boolean {
	const named = /^memberID:(\d{1,20}) /.exec(error)?.[1];
	return named === undefined || BigInt(named).toString(16) === id;
}

const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
