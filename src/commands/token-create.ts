/** `kubestrap token create`: a bootstrap token, and what a machine with kubeadm on it joins with. */
import {configurationForControlPlanes, shareCertificates} from '../access/share-certificates.ts';
import {createToken, expiryAfter, hostsLine, lookAtDoor} from '../access/tokens.ts';
import {parseDuration} from '../cluster/duration.ts';
import {knownUsages, type Token, tokenPattern, tokenProblems, usualGroup} from '../contract/bootstrap-tokens.ts';
import {joinCommand} from '../contract/join-command.ts';
import {keyPattern} from '../contract/shared-certificates.ts';
import {ConfigError, exitCodes, IdentityError, type Problem} from '../errors.ts';
import {newCertificateKey} from '../identity/secrets/seal.ts';
import {newToken} from '../identity/secrets/token-value.ts';
import {toYaml} from '../yaml.ts';
import type {Call, Flags} from './call.ts';
import type {Connect} from './first-control-plane.ts';
import {inCluster} from './in-cluster.ts';
import {openCluster} from './open-cluster.ts';
import {publicSecret} from './public-secret.ts';
import {tokenFrom} from './token-file.ts';

export async function tokenCreate(call: Call, {connect}: {connect: Connect}): Promise<number> {
	const {flags, around} = call;
	const wish = wished(flags);
	const value = (await tokenFrom(call)) ?? newToken();
	const [, id = '', secret = ''] = tokenPattern.exec(value) ?? [];
	const cluster = await openCluster(call);
	const said = await inCluster(call, cluster, connect, async (api, host) => {
		const {now, door} = await lookAtDoor(api);
		if (wish.join && door === undefined) {
			const hint = 'kubestrap init puts it there (phase bootstrap-token); with kubeadm: kubeadm init phase bootstrap-token';
			throw new IdentityError(`${api.node}: ConfigMap kube-public/cluster-info names no server and no authority`, {hint});
		}
		// First what can fail: a token is left only where everything else is there.
		if (wish.key !== undefined) {
			const stored = await configurationForControlPlanes(api);
			await shareCertificates(host, api, {stored, key: wish.key, now, signal: around.signal});
		}
		const hosts = wish.join && door !== undefined ? await hostsLine(api, door) : undefined;
		const expires = expiryAfter(now, wish.seconds);
		await createToken(api, {...wish.token, id, secret, ...(expires === undefined ? {} : {expires})});
		return {
			token: value,
			...(expires === undefined ? {} : {expires}),
			...(wish.key === undefined ? {} : {certificateKey: wish.key}),
			...(wish.join && door !== undefined ? {joinCommand: joinCommand(door, value, wish.key)} : {}),
			...(hosts === undefined ? {} : {hosts}),
		};
	});
	const {hosts} = said;
	const before = hosts === undefined ? '' : `# that machine does not know the name yet; first: echo '${hosts}' >>/etc/hosts\n`;
	if (flags.output === 'text') around.stdout.write(`${said.joinCommand ?? said.token}\n${before}`);
	else around.stdout.write(flags.output === 'json' ? `${JSON.stringify(said)}\n` : toYaml(said));
	if (wish.key !== undefined)
		around.stderr.write('the certificates are shared for two hours; whoever has this line can read them\n');
	return exitCodes.done;

	/** What the flags ask for. Throws ConfigError with every problem, before anything is contacted. */
	function wished({token}: Flags): Wish {
		const {ttl = '24h', usages = knownUsages, groups = [usualGroup], description} = token;
		const problems: Problem[] = tokenProblems({usages, groups});
		const seconds = parseDuration(ttl);
		if (seconds === undefined) problems.push({message: `--ttl ${ttl} is no duration`, hint: 'write it as 24h, 90m or 0'});
		const join = token.printJoinCommand === true;
		const given = token.certificateKey;
		if (given !== undefined && !join) problems.push({message: '--certificate-key is of use with --print-join-command only'});
		// The value is not shown: it may be most of a key.
		if (given && !keyPattern.test(given))
			problems.push({message: '--certificate-key is not 64 hexadecimal digits', hint: 'leave its value away to have one made'});
		if (problems.length > 0) throw new ConfigError(problems, {hint: 'nothing was contacted'});
		if (given) around.stderr.write(publicSecret('the certificate key', '--certificate-key without a value makes one'));
		const key = given === undefined ? undefined : given || newCertificateKey();
		const plain = {usages, groups, ...(description === undefined ? {} : {description})};
		return {join, seconds: seconds ?? 0, token: plain, ...(key === undefined ? {} : {key})};
	}
}

type Wish = {
	readonly token: Omit<Token, 'id' | 'secret' | 'expires'>;
	readonly seconds: number;
	readonly join: boolean;
	readonly key?: string;
};
