pub fn tail() {}
