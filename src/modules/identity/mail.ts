import type { Settings } from '../../config/env.js';
import type { Delivery } from '../../platform/deliveries/delivery.schema.js';

/** What a delivery of kind `mail` asks for: ids only, its text is made when it is sent. */
export interface MailRequest {
  readonly template: 'password-reset';
  readonly user: string;
  readonly nonce: string;
}

export interface Mail {
  /** That of its delivery: the same one may be sent twice. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly body: string;
}

/** Takes a mail to its recipient. Throws to be asked again later. */
export interface MailTransport {
  send(mail: Mail): Promise<void>;
}

const MOST_RECORDED = 100;

/** The transport as long as there is no other: keeps the newest mails in memory, where a test can read them. */
export class RecordedMail implements MailTransport {
  readonly mails: Mail[] = [];

  async send(mail: Mail): Promise<void> {
    this.mails.push(mail);
    this.mails.splice(0, this.mails.length - MOST_RECORDED);
  }
}

export function resetMail({ _id }: Delivery, to: string, link: string): Mail {
  const body =
    'Somebody, probably you, asked for a new password for Deskwire.\n\n' +
    `Choose it here within 30 minutes: ${link}\n\n` +
    'If it was not you, ignore this mail: your password stays as it is.\n';
  return { id: _id, to, subject: 'A new password for Deskwire', body };
}

/** The address of a page, for links that leave the service. Never from a request: its Host header is the caller's. */
export function pageUrl({ publicUrl, host, port }: Settings, path: string): string {
  return `${publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`}${path}`;
}
