/** Opens an authenticated line to one machine, through its jump hosts, with strict host keys at every hop. */

import type {Duplex} from 'node:stream';
import type {Hop} from '../cluster/route.ts';
import {type AttemptOptions, attempt, busyTries, defaultTimes} from './attempt.ts';
import type {Credentials} from './credentials.ts';
import {explainHandshake} from './handshake-errors.ts';
import {hostKeyAlgorithms, judge, refusal, type Trust, typeOf, type Verdict, wantedAlgorithms} from './host-key.ts';
import {keyType} from './known-hosts.ts';
import {openSocket} from './socket.ts';
import {type Line, RefusedChannel} from './ssh.ts';
import {writeDown} from './trust.ts';
import {Unreachable} from './unreachable.ts';

export type DialOptions = AttemptOptions & {
	/** Keys for a hop: each has its own. */
	readonly credentials: (hop: Hop) => Promise<Credentials>;
	/** Read anew at each dial: an earlier one may have accepted a key. */
	readonly trust: (hop: Hop) => Trust;
	/** Unknown keys are accepted for every hop; without it only where the ssh config says accept-new. Wrong ones never are. */
	readonly acceptNew?: boolean;
};

/**
 * A line to the last hop. Closing it closes the hops before it. Rejects with an Unreachable that says at which hop what went wrong,
 * or with the signal's reason.
 */
export async function dial(hops: readonly Hop[], options: DialOptions): Promise<Line> {
	let line: Line | undefined;
	for (const [index, hop] of hops.entries()) {
		const before = line;
		try {
			line = await withHostKey(hop, () => stream(hop, before, options), options);
		} catch (error) {
			before?.close();
			throw hops.length > 1 && error instanceof Unreachable ? atHop(error, hop, index === hops.length - 1) : error;
		}
		if (before !== undefined) line.onLost(() => before.close());
	}
	return line!;
}

function atHop(error: Unreachable, hop: Hop, last: boolean): Unreachable {
	const address = `${hop.user}@${hop.host}:${hop.port}`;
	const shown = hop.name.toLowerCase() === hop.host ? address : `${hop.name} (${address})`;
	const where = `${last ? 'behind the jump hosts' : 'at the jump host'} ${shown}`;
	return new Unreachable(`${where}: ${error.message}`, {hint: error.hint, mends: error.mends, cause: error});
}

async function stream(hop: Hop, before: Line | undefined, options: DialOptions): Promise<Duplex> {
	if (before === undefined) return openSocket(hop.host, hop.port, options.times?.tcp ?? defaultTimes.tcp, options.signal);
	try {
		return await before.forward(hop.host, hop.port);
	} catch (error) {
		if (!(error instanceof RefusedChannel)) throw error;
		const hint = 'is the address right as seen from the jump host, and does its sshd allow AllowTcpForwarding?';
		throw new Unreachable(`the jump host did not connect to ${hop.host}:${hop.port} (${error.message})`, {
			hint,
			mends: 'away',
			cause: error,
		});
	}
}

/**
 * A fingerprint does not say its key's type, and a server shows one key per handshake: so a wrong key is only wrong when the
 * server has no other. The same look shows what a server has instead of a known key, for the error text.
 */
async function withHostKey(hop: Hop, connect: () => Promise<Duplex>, options: DialOptions): Promise<Line> {
	const trust = options.trust(hop);
	const credentials = await options.credentials(hop);
	const acceptNew = options.acceptNew === true || trust.acceptNew === true;
	const seen: Buffer[] = [];
	let verdict: Exclude<Verdict, 'known'> = 'wrong';
	let algorithms = wantedAlgorithms(trust);
	while (algorithms.length > 0) {
		let shown: Buffer | undefined;
		const accepts = (hostKey: Buffer) => {
			const said = judge(trust, hostKey);
			shown = hostKey;
			if (said !== 'known') verdict = said;
			return said === 'known' || (said === 'new' && acceptNew);
		};
		try {
			const line = await attempt({hop, connect, algorithms, accepts, credentials}, options);
			if (shown === undefined || judge(trust, shown) !== 'new') return line;
			// Only a key that proved itself in the handshake is written down; meanwhile another connection may have done so.
			const now = judge(options.trust(hop), shown);
			if (now === 'new') writeDown(trust, shown);
			if (now === 'new' || now === 'known') return line;
			line.close();
			verdict = now;
			seen.push(shown);
			break;
		} catch (error) {
			const none = /no matching host key/.test((error as Error).message);
			const refused = /Host denied/.test((error as Error).message);
			if (!none && !refused) throw explainHandshake(error, hop, credentials, {...defaultTimes, ...options.times}, busyTries);
			if (refused && shown !== undefined) seen.push(shown);
			if (refused && verdict !== 'wrong') break;
			const tried = none ? algorithms.map(typeOf) : [];
			algorithms = hostKeyAlgorithms.filter(
				(name) => !tried.includes(typeOf(name)) && !seen.some((key) => keyType(key) === typeOf(name)),
			);
			if (none && seen.length > 0) break;
			if (refused && (trust.pin === undefined || trust.pin.type !== undefined)) break;
		}
	}
	const {message, hint} = refusal(trust, verdict, seen);
	throw new Unreachable(message, {hint, mends: 'never'});
}
