import { WebSocket } from 'ws';

export const sockets: WebSocket[] = [];

/** The WebSocket of a page on the host: it sends the page's Origin, which Node's own does not. */
export class PageSocket extends WebSocket {
  constructor(url: string) {
    super(url, { headers: { origin: new URL(url).origin.replace('ws:', 'http:') } });
    this.on('error', () => undefined);
    sockets.push(this);
  }
}
