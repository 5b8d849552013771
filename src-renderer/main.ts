import { connect } from './client/connect.ts';
import { start } from './start.ts';

start(connect());
