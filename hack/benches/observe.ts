/**
 * Asks for a name at the cluster's DNS and then for `/` at the address it got, again and again, until there is an answer: its time, in ms
 * since 1970, is printed. Runs in the node's network namespace, the same for both sides: `observe.ts NAME DNS-SERVER SECONDS`.
 */
import {Resolver} from 'node:dns/promises';
import {get} from 'node:http';
import process, {argv, exit} from 'node:process';
import {setTimeout} from 'node:timers/promises';

const [name = '', server = '', seconds = '0'] = argv.slice(2);
const patience = 300;
const pause = 30;

/** A resolver per question: one that lives on could remember that there was nothing. */
async function addressOf(): Promise<string> {
	const resolver = new Resolver({timeout: patience, tries: 1});
	resolver.setServers([server]);
	const [address] = await resolver.resolve4(name);
	return address ?? '';
}

function answers(host: string): Promise<boolean> {
	return new Promise((resolve) => {
		const request = get({host, agent: false, headers: {host: name}, timeout: patience}, (response) => {
			response.resume();
			resolve(response.statusCode === 200);
		});
		request.on('timeout', () => request.destroy());
		request.on('error', () => resolve(false));
	});
}

const deadline = Date.now() + Number(seconds) * 1000;
const asker = process.ppid;
// Also ends when nobody is there any more to tell.
while (Date.now() < deadline && process.ppid === asker) {
	const address = await addressOf().catch(() => '');
	if (address !== '' && (await answers(address))) {
		console.log(Date.now());
		exit(0);
	}
	await setTimeout(pause);
}
console.error(`no answer from ${name} in ${seconds} s`);
exit(1);
