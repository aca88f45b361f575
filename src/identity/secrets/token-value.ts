import {randomInt} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {IdentityError} from '../../errors.ts';
import type {BootstrapToken, IdentityItem} from '../../model.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The value of a bootstrap token, `id.secret`: made, or read from where the config says. Throws IdentityError. */
export async function tokenValue(
	item: IdentityItem,
	asked: BootstrapToken | undefined,
	environment: Environment,
): Promise<string> {
	if (asked?.from) return checked(await read(asked.from, environment), asked.from);
	if (item.state === 'make') return newToken();
	const hint = 'Make a new one on a control plane: kubeadm token create.';
	throw new IdentityError(`the secret of bootstrap token ${item.publicHalf ?? item.id} is not kept anywhere but in the cluster`, {
		hint,
	});
}

async function read(from: NonNullable<BootstrapToken['from']>, environment: Environment): Promise<string> {
	if ('env' in from) {
		const value = environment[from.env];
		if (value !== undefined) return value;
		throw new IdentityError(`the bootstrap token's environment variable ${from.env} is not set`, {
			hint: `Set ${from.env} to a token.`,
		});
	}
	try {
		return await readFile(from.file, 'utf8');
	} catch (cause) {
		const hint = `Write a token into ${from.file}.`;
		throw new IdentityError(`the bootstrap token's file ${from.file} cannot be read: ${(cause as Error).message}`, {hint, cause});
	}
}

function checked(value: string, from: NonNullable<BootstrapToken['from']>): string {
	const token = value.trim();
	if (/^[a-z0-9]{6}\.[a-z0-9]{16}$/.test(token)) return token;
	const where = 'env' in from ? from.env : from.file;
	// The value is not shown: it may be most of a secret.
	throw new IdentityError(`the bootstrap token in ${where} is not of the form [a-z0-9]{6}.[a-z0-9]{16}`, {
		hint: `Put a token of that form into ${where}, or leave the source away to have one made.`,
	});
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
const letters = (count: number): string => Array.from({length: count}, () => alphabet[randomInt(alphabet.length)]).join('');

/** A token that nobody could guess: `[a-z0-9]{6}.[a-z0-9]{16}`. */
export const newToken = (): string => `${letters(6)}.${letters(16)}`;
