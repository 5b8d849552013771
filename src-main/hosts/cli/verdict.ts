/** The work is done and printed, and its verdict is negative: exit code 3. */
export class NegativeVerdict extends Error {
  constructor() {
    super('The verdict is negative');
    this.name = 'NegativeVerdict';
  }
}
