/**
 * Asks for a name at the cluster's DNS and then for `/` at the address it got, again and again, until there is an answer, or until each of
 * the wanted answers was heard: the time, in ms since 1970, is printed. An address in the name's place is asked as it is.
 * Runs in a node's network namespace, the same for both sides: `observe.ts NAME DNS-SERVER SECONDS [ANSWER…]`.
 */
import {Resolver} from 'node:dns/promises';
import {get} from 'node:http';
import {isIP} from 'node:net';
import process, {argv, exit} from 'node:process';
import {setTimeout} from 'node:timers/promises';

const [name = '', server = '', seconds = '0', ...wanted] = argv.slice(2);
const missing = new Set(wanted);
const patience = 300;
const pause = 30;

/** A resolver per question: one that lives on could remember that there was nothing. */
async function addressOf(): Promise<string> {
	if (isIP(name) !== 0) return name;
	const resolver = new Resolver({timeout: patience, tries: 1});
	resolver.setServers([server]);
	const [address] = await resolver.resolve4(name);
	return address ?? '';
}

/** What was answered; undefined when nothing was. */
function answerOf(host: string): Promise<string | undefined> {
	return new Promise((resolve) => {
		const request = get({host, agent: false, headers: {host: name}, timeout: patience}, (response) => {
			let body = '';
			response.setEncoding('utf8').on('data', (text: string) => {
				body += text;
			});
			response.on('close', () => resolve(response.complete && response.statusCode === 200 ? body.trim() : undefined));
		});
		request.on('timeout', () => request.destroy());
		request.on('error', () => resolve(undefined));
	});
}

const deadline = Date.now() + Number(seconds) * 1000;
const asker = process.ppid;
// Also ends when nobody is there any more to tell.
while (Date.now() < deadline && process.ppid === asker) {
	const address = await addressOf().catch(() => '');
	const answer = address === '' ? undefined : await answerOf(address);
	if (answer !== undefined) missing.delete(answer);
	if (answer !== undefined && missing.size === 0) {
		console.log(Date.now());
		exit(0);
	}
	await setTimeout(pause);
}
console.error(`no answer from ${name} in ${seconds} s${wanted.length === 0 ? '' : `; missing: ${[...missing].join(', ')}`}`);
exit(1);
