/** `kubestrap token delete`: by id; a whole token is understood, because kubeadm takes it. */
import {deleteTokens} from '../access/tokens.ts';
import {idPattern, tokenPattern} from '../contract/bootstrap-tokens.ts';
import {ConfigError, exitCodes, IdentityError} from '../errors.ts';
import type {Call} from './call.ts';
import type {Connect} from './first-control-plane.ts';
import {inCluster} from './in-cluster.ts';
import {openCluster} from './open-cluster.ts';
import {publicSecret} from './public-secret.ts';

export async function tokenDelete(call: Call, {connect}: {connect: Connect}): Promise<number> {
	const {flags, around} = call;
	const read = flags.words.map((word) => (idPattern.test(word) ? word : tokenPattern.exec(word)?.[1]));
	// Which word it was is said by its place: it may be most of a secret.
	const problems = read.flatMap((id, place) =>
		id === undefined ? [{message: `word ${place + 1} is neither a token's id ([a-z0-9]{6}) nor a token`}] : [],
	);
	if (problems.length > 0) throw new ConfigError(problems, {hint: 'kubestrap token list shows the ids; nothing was contacted'});
	if (flags.words.some((word) => tokenPattern.test(word)))
		around.stderr.write(publicSecret('a whole token', 'its id, the part before the dot, is enough'));
	const ids = [...new Set(read as string[])];
	const cluster = await openCluster(call);
	const gone = await inCluster(call, cluster, connect, (api) => deleteTokens(api, ids));
	const say = (id: string) => (flags.output === 'text' ? `bootstrap token "${id}" deleted` : JSON.stringify({deleted: id}));
	for (const id of gone) around.stdout.write(`${say(id)}\n`);
	const missed = ids.filter((id) => !gone.includes(id));
	if (missed.length === 0) return exitCodes.done;
	throw new IdentityError(`there is no token ${missed.join(', ')} in the cluster`, {hint: 'kubestrap token list shows them'});
}
