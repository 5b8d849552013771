import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { createBridge } from './bridge.ts';

createBridge({ contextBridge, ipcRenderer, webUtils });
