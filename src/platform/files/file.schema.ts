import { Schema, type mongo } from 'mongoose';

/** One file, as GridFS describes it. */
export interface FileDocument {
  readonly _id: mongo.ObjectId;
  readonly length: number;
  readonly chunkSize: number;
  readonly uploadDate: Date;
  readonly filename: string;
  readonly metadata: {
    readonly business: string;
    readonly contentType: string;
    readonly name: string;
    readonly at: Date;
  };
}

export interface FileChunk {
  readonly _id: mongo.ObjectId;
  readonly files_id: mongo.ObjectId;
  readonly n: number;
  readonly data: mongo.Binary;
}

const { ObjectId, Mixed } = Schema.Types;
const options = { versionKey: false, autoIndex: false } as const;

export const fileSchema = new Schema<FileDocument>(
  {
    _id: { type: ObjectId, required: true },
    length: { type: Number, required: true },
    chunkSize: { type: Number, required: true },
    uploadDate: { type: Date, required: true },
    filename: { type: String, required: true },
    metadata: {
      type: new Schema({ business: String, contentType: String, name: String, at: Date }, { _id: false }),
      required: true,
    } as never,
  },
  { ...options, collection: 'files.files' },
);

export const fileChunkSchema = new Schema<FileChunk>(
  {
    _id: { type: ObjectId, required: true },
    files_id: { type: ObjectId, required: true },
    n: { type: Number, required: true },
    data: { type: Mixed, required: true } as never,
  },
  { ...options, collection: 'files.chunks' },
);
fileChunkSchema.index({ files_id: 1, n: 1 }, { unique: true });
